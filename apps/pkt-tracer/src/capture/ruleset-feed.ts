import { type Log, Repeats } from '#app-kit';
import { type RulesetSnapshot, type TableSnapshot } from '#ruleset';
import { type ListedRuleset } from './messages.js';

/**
 * Changes come in bursts (`nft -f` of a file, a script of many calls): one listing serves all within this time. A
 * large ruleset takes longer to list: then the pause is as long as the last listing, up to a limit, so that listing
 * takes about half of a CPU however often the ruleset changes.
 */
const DEBOUNCE_MS = 30;
const MAX_DEBOUNCE_MS = 3_000;
const RETRY_MS = 1000;

/** Whoever lists the ruleset; see RulesetThread. */
export interface ListingSource {
  list(): Promise<ListedRuleset>;
  stop(): Promise<void>;
}

export interface FedRuleset {
  snapshot: RulesetSnapshot;
  /** The tables of `snapshot` that are not as in the one before */
  changed: ReadonlySet<TableSnapshot>;
}

/** Lists the ruleset after each change and hands it on, one listing at a time, never an older one after a newer. */
export class RulesetFeed {
  readonly #repeats: Repeats;
  #tables = new Map<string, TableSnapshot>();
  #stale = false;
  #running = false;
  #stopped = false;
  #took_ms = 0;

  constructor(
    private readonly source: ListingSource,
    private readonly deliver: (ruleset: FedRuleset) => void,
    log: Log,
  ) {
    this.#repeats = new Repeats(log);
  }

  /** The first listing. @throws RulesetError, NetlinkError: without nft, or without the right to use it, there is no start */
  start(): Promise<void> {
    return this.#list();
  }

  /** The ruleset has changed. */
  changed(): void {
    this.#stale = true;
    if (!this.#running) void this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#repeats.flush();
    await this.source.stop();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#stale && !this.#stopped) {
      await pause(Math.min(Math.max(DEBOUNCE_MS, this.#took_ms), MAX_DEBOUNCE_MS));
      // a listing after the stop would start a thread that nobody ends
      if (this.#stopped) break;
      this.#stale = false;
      try {
        await this.#list();
      } catch (error) {
        if (this.#stopped) break;
        this.#stale = true;
        const reason = (error as Error).message;
        this.#repeats.warn('ruleset', `${reason}; rows keep their handles, rule texts may be missing or old`);
        await pause(RETRY_MS);
      }
    }
    this.#running = false;
  }

  async #list(): Promise<void> {
    const from_ms = performance.now();
    const { generation, tables } = await this.source.list();
    this.#took_ms = performance.now() - from_ms;
    const changed = new Set<TableSnapshot>();
    const all = new Map<string, TableSnapshot>();
    for (const table of tables) {
      const key = `${table.family} ${table.name}`;
      const snapshot = 'rules' in table ? table : this.#tables.get(key);
      if (!snapshot) throw new Error(`the listing left table ${key} out, which was not listed before`);
      if (snapshot === table) changed.add(snapshot);
      all.set(key, snapshot);
    }
    this.#tables = all;
    if (this.#stopped) return;
    this.deliver({ snapshot: { generation, tables: [...all.values()] }, changed });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
