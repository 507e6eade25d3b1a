import { type RulesetChange } from '#bus';

/** @returns what tells tables apart */
export const tableKey = ({
  netns,
  family,
  table,
}: Pick<RulesetChange, 'netns' | 'family' | 'table'>): string => `${netns}\0${family}\0${table}`;

/** @returns what tells versions apart */
export const versionKey = (change: RulesetChange): string => `${tableKey(change)}\0${change.version}`;

/**
 * Changes that wait to be sent, oldest first, and those that were sent and still hold. When too many wait the oldest go
 * that a later one of their table replaces: what holds in the end is never lost.
 */
export class RulesetQueue {
  #waiting: RulesetChange[] = [];
  readonly #sent = new Map<string, RulesetChange>();
  /** The newest waiting or sent of each table: what is in force once all is sent */
  readonly #newest = new Map<string, RulesetChange>();

  constructor(private readonly maxWaiting: number) {}

  get length(): number {
    return this.#waiting.length;
  }

  get first(): RulesetChange | undefined {
    return this.#waiting[0];
  }

  /** @returns the newest change of a table; undefined where nothing of it holds */
  newest(table: Pick<RulesetChange, 'netns' | 'family' | 'table'>): RulesetChange | undefined {
    return this.#newest.get(tableKey(table));
  }

  /** @returns whether a change of this namespace was ever pushed and not ended since */
  knows(netns: string): boolean {
    return this.#newest.has(tableKey({ netns, family: '', table: '' }));
  }

  /** @returns what had to go for it */
  push(change: RulesetChange): RulesetChange[] {
    this.#waiting.push(change);
    apply(this.#newest, change);
    return this.#waiting.length > this.maxWaiting ? this.#thin() : [];
  }

  /** Nothing of the namespace is known any more. */
  forget(netns: string): void {
    for (const [key, change] of this.#newest) if (change.netns === netns) this.#newest.delete(key);
  }

  /** The first has been sent. */
  shift(): void {
    const change = this.#waiting.shift();
    if (change) apply(this.#sent, change);
  }

  /** All that was sent and still holds is to be sent again, before what waits. */
  again(): void {
    const held = [...this.#sent.values()].sort((a, b) => a.seq - b.seq);
    this.#sent.clear();
    this.#waiting.unshift(...held);
  }

  /** @returns all that waits, which is forgotten */
  clear(): RulesetChange[] {
    return this.#waiting.splice(0);
  }

  #thin(): RulesetChange[] {
    const last = new Map(this.#waiting.map((change) => [tableKey(change), change]));
    let most = Math.ceil(this.maxWaiting / 4);
    const gone: RulesetChange[] = [];
    this.#waiting = this.#waiting.filter((change, at) => {
      // the first may be on its way
      if (at === 0 || change.change === 'cleared' || last.get(tableKey(change)) === change) return true;
      if (most-- <= 0) return true;
      gone.push(change);
      return false;
    });
    return gone;
  }
}

function apply(state: Map<string, RulesetChange>, change: RulesetChange): void {
  if (change.change === 'cleared') {
    for (const [key, { netns }] of state) if (netns === change.netns) state.delete(key);
  }
  if (change.change === 'gone') state.delete(tableKey(change));
  else state.set(tableKey(change), change);
}
