import { type RulesetVersion, type TableSnapshot } from '#ruleset';

/** What of the ruleset of a network namespace is in force from one generation on. */
export interface RulesetChange {
  /** As in column `netns` */
  netns: string;
  /** The kernel's number */
  generation: number;
  /** When the kernel told of it, µs since 1970 */
  at_us: number;
  /** The tables whose version is another one than before */
  tables: readonly TableSnapshot[];
  /** Tables that are no more */
  gone: readonly Pick<TableSnapshot, 'family' | 'name'>[];
}

/** Whoever wants to know every version of every table. It must neither throw nor take long. */
export interface RulesetObserver {
  /** Is told of the first generation, and of each that changed a table, in order. */
  seen(change: RulesetChange): void;
  /** A namespace is traced no more: nothing that was seen in it is in force, as far as anyone knows. */
  ended(netns: string): void;
}

export const nobody: RulesetObserver = { seen: () => undefined, ended: () => undefined };

/** Tells an observer what changes from one version of the ruleset to the next. */
export class RulesetTeller {
  #inForce = new Map<string, TableSnapshot>();
  #state: 'new' | 'told' | 'ended' = 'new';

  constructor(
    private readonly netns: string,
    private readonly observer: RulesetObserver,
  ) {}

  take({ since, at_us, tables }: RulesetVersion): void {
    if (this.#state === 'ended') return;
    const now = new Map(tables.map((table) => [`${table.family} ${table.name}`, table]));
    const changed = [...now].filter(([key, { version }]) => this.#inForce.get(key)?.version !== version);
    const gone = [...this.#inForce].filter(([key]) => !now.has(key)).map(([, table]) => table);
    this.#inForce = now;
    // That there is no table at all is news, too: an earlier run may have told of some.
    if (this.#state === 'told' && changed.length === 0 && gone.length === 0) return;
    this.#state = 'told';
    this.observer.seen({
      netns: this.netns,
      generation: since,
      at_us,
      tables: changed.map(([, table]) => table),
      gone: gone.map(({ family, name }) => ({ family, name })),
    });
  }

  /** The namespace is traced no more; what is still on its way from its threads is not told. */
  end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.observer.ended(this.netns);
  }
}
