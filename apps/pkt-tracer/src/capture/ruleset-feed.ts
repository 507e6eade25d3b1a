import { type Log, Repeats } from '#app-kit';
import { type RulesetVersion, type TableSnapshot } from '#ruleset';
import { Deferred } from './deferred.js';
import { type ToldVersion } from './messages.js';

const RETRY_MS = 1000;

export interface VersionListener {
  version(told: ToldVersion): void;
  /** It tries again by itself, but for the first time. */
  failed(error: Error): void;
  /** Nothing more comes until it is started again. */
  ended(error: Error): void;
}

/** Whoever follows the ruleset; see RulesetThread. */
export interface VersionSource {
  start(listener: VersionListener): void;
  /** The kernel has told of a change. */
  changed(): void;
  stop(): Promise<void>;
}

export interface FedRuleset {
  snapshot: RulesetVersion;
  /** The tables of `snapshot` that are not as in the one before */
  changed: ReadonlySet<TableSnapshot>;
}

/** Hands on every version of the ruleset that was ever in force, in order. */
export class RulesetFeed {
  readonly #repeats: Repeats;
  readonly #first = new Deferred();
  #tables = new Map<string, TableSnapshot>();
  #started = false;
  #stopped = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(
    private readonly source: VersionSource,
    private readonly deliver: (ruleset: FedRuleset) => void,
    log: Log,
  ) {
    this.#repeats = new Repeats(log);
  }

  /** Settles with the first version. @throws RulesetError, NetlinkError: without nft, or without the right to use it, there is no start */
  start(): Promise<void> {
    this.#begin();
    return this.#first.promise;
  }

  /** The ruleset has changed. */
  changed(): void {
    this.source.changed();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#repeats.flush();
    await this.source.stop();
  }

  #begin(): void {
    this.source.start({
      version: (told) => this.#take(told),
      failed: (error) => this.#failed(error),
      ended: (error) => {
        this.#failed(error);
        if (this.#started && !this.#stopped) this.#retry = setTimeout(() => this.#begin(), RETRY_MS);
      },
    });
  }

  #failed(error: Error): void {
    this.#first.reject(error);
    if (!this.#started || this.#stopped) return;
    this.#repeats.warn('ruleset', `${error.message}; rows keep their handles, rule texts may be missing`);
  }

  #take({ tables, kind: _, ...version }: ToldVersion): void {
    if (this.#stopped) return;
    const changed = new Set<TableSnapshot>();
    const all = new Map<string, TableSnapshot>();
    for (const table of tables) {
      const key = `${table.family} ${table.name}`;
      const snapshot = 'rules' in table ? table : this.#tables.get(key);
      if (!snapshot) throw new Error(`table ${key} is told to be as before, and was not told before`);
      if (snapshot === table) changed.add(snapshot);
      all.set(key, snapshot);
    }
    this.#tables = all;
    this.deliver({ snapshot: { ...version, tables: [...all.values()] }, changed });
    this.#started = true;
    this.#first.resolve();
  }
}
