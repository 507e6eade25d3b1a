import { type RequestSocket } from '#netlink';
import { RulesetError } from './errors.js';
import { readGeneration, readKernelRuleset } from './kernel.js';
import { type KernelTable } from './kernel-table.js';
import { learn, type Shown } from './learn.js';
import { type RulesetModel } from './model.js';
import { type Notifications, type Transaction } from './notifications.js';
import { Phrases } from './phrases.js';
import { type Printer } from './printer.js';
import { SetReader } from './set-reader.js';
import { type RulesetVersion } from './snapshot.js';
import { TableTexts } from './table-texts.js';

/**
 * Changes come in bursts (`nft -f` of a file, a script of many calls): one listing serves all within this time. A
 * large ruleset takes longer to list: then the pause is as long as the last listing, up to a limit, so that listing
 * takes about half of a CPU however often the ruleset changes.
 */
const DEBOUNCE_MS = 30;
const MAX_DEBOUNCE_MS = 3000;
const RETRY_MS = 1000;
const READ_ATTEMPTS = 3;
/** A ruleset that has rested this long is listed once to see that nft prints what was put together here. */
const VERIFY_AFTER_MS = 10_000;
/** Generations that wait for their rules' texts; of more the first are handed on without */
const MAX_WAITING = 1024;
const MAX_WAIT_MS = 20_000;
/** Versions of one table that are remembered while nft lists it */
const MAX_CANDIDATES = 64;
/** Putting versions together must not keep notifications from being read */
const DELIVER_WITHIN_MS = 1000;
/** How often the notifications are looked at while changes come, and otherwise, where nobody tells of changes */
const BUSY_MS = 5;
const BUSY_FOR_MS = 500;
const IDLE_MS = 1000;

export interface TrackerSource {
  /** A socket without groups, in the network namespace that `printer` runs nft in */
  socket: RequestSocket;
  notifications: Pick<Notifications, 'drain' | 'resume'>;
  printer: Pick<Printer, 'print'>;
  /** `ruleset.max_set_elements` */
  maxSetElements: number;
  /** µs since 1970 */
  now_us: () => number;
}

/** Where what it finds goes. */
export interface TrackerSink {
  /** Each version of the ruleset, in order; one that is told again is the better known */
  version(version: RulesetVersion): void;
  /** nft or the kernel failed; it tries again. */
  failed(error: Error): void;
}

interface Waiting {
  since: number;
  generation: number;
  at_us: number;
  tables: readonly KernelTable[];
  /** Listings that had begun when it came: only a later one shows it */
  begun: number;
  came_ms: number;
}

/**
 * Knows every version of the ruleset that is ever in force. The kernel's notifications tell which rules there are,
 * one transaction after the other; how nft prints them is learnt from listings, by what they are made of. So a
 * listing is needed only for what has never been seen, and a version that was replaced before nft could list it is
 * known all the same.
 */
export class RulesetTracker {
  readonly #phrases = new Phrases();
  readonly #texts: TableTexts;
  /** Tables by key whose text was not as nft prints it, and were read anew for that once */
  readonly #odd = new Set<string>();
  readonly #waiting: Waiting[] = [];
  #model: RulesetModel | undefined;
  #generation = 0;
  /** The first generation that is known to have been as it is now */
  #since = 0;
  #tables: readonly KernelTable[] = [];
  /** What was lost must be read anew */
  #stale = true;
  #readAt_ms = 0;
  #attempts = 0;
  #listing: { candidates: Map<string, KernelTable[]> } | undefined;
  #begun = 0;
  #ended = 0;
  #listAt_ms = 0;
  #changed_ms = 0;
  #heard_ms = -Infinity;

  constructor(
    private readonly source: TrackerSource,
    private readonly sink: TrackerSink,
  ) {
    const sets = new SetReader(source.socket, this.#phrases, source.maxSetElements);
    this.#texts = new TableTexts(this.#phrases, sets);
  }

  /** Reads and lists the ruleset for the first time. @throws RulesetError, NetlinkError */
  async start(): Promise<void> {
    this.#hear();
    while (this.#stale) this.#read();
    await this.#list(this.#tables);
    this.#deliver();
  }

  /** Takes in what has come and does what is due. @returns in how many ms it wants to be called again at the latest */
  tick(): number {
    try {
      this.#hear();
      const now_ms = performance.now();
      if (this.#stale && now_ms >= this.#readAt_ms) this.#read();
    } catch (error) {
      this.#readAt_ms = performance.now() + RETRY_MS;
      this.sink.failed(error as Error);
    }
    this.#deliver();
    this.#listIfDue();
    const busy = this.#stale || this.#waiting.length > 0 || performance.now() - this.#heard_ms < BUSY_FOR_MS;
    return busy ? BUSY_MS : IDLE_MS;
  }

  #hear(): void {
    const whole = this.source.notifications.drain((transaction) => this.#apply(transaction));
    if (!whole) this.#stale = true;
  }

  #apply({ generation, steps }: Transaction): void {
    this.#heard_ms = performance.now();
    if (this.#stale || !this.#model || generation <= this.#generation) return;
    if (generation !== this.#generation + 1) return void (this.#stale = true);
    for (const step of steps) step(this.#model);
    const tables = this.#model.freeze();
    if (this.#model.odd) return void (this.#stale = true);
    this.#generation = generation;
    this.#now(tables, generation);
  }

  /** @throws NetlinkError */
  #read(): void {
    const from_ms = performance.now();
    const { generation, model, whole } = readKernelRuleset(this.source.socket);
    const took_ms = performance.now() - from_ms;
    this.#readAt_ms = performance.now() + Math.min(Math.max(DEBOUNCE_MS, took_ms), MAX_DEBOUNCE_MS);
    // of a ruleset that never rests what was read is taken in the end: handles tell what is the same rule
    if (!whole && ++this.#attempts < READ_ATTEMPTS) return;
    this.#attempts = 0;
    this.source.notifications.resume();
    this.#model = model;
    this.#generation = generation;
    const known = new Map(this.#tables.map((table) => [table.key, table]));
    this.#stale = false;
    const tables = model.freeze().map((table) => sameAs(known.get(table.key), table) ?? table);
    this.#now(tables, generation);
  }

  /** @param since from which generation on the ruleset is known to be like this */
  #now(tables: readonly KernelTable[], since: number): void {
    const generation = this.#generation;
    const last = this.#waiting.at(-1);
    const same =
      tables.length === this.#tables.length && tables.every((table, i) => table === this.#tables[i]);
    if (same && since === (last?.generation ?? -1) + 1 && last) {
      last.generation = generation;
      return;
    }
    if (!same) this.#changed_ms = performance.now();
    for (const table of tables) this.#candidate(table);
    this.#tables = tables;
    if (!same) this.#since = since;
    this.#wait(since);
  }

  #wait(since: number): void {
    this.#waiting.push({
      since,
      generation: this.#generation,
      at_us: this.source.now_us(),
      tables: this.#tables,
      begun: this.#begun,
      came_ms: performance.now(),
    });
  }

  #candidate(table: KernelTable): void {
    const versions = this.#listing?.candidates.get(table.key);
    if (versions && versions.at(-1) !== table) versions.push(table);
    if (versions && versions.length > MAX_CANDIDATES) versions.shift();
  }

  #deliver(): void {
    const until_ms = performance.now() + DELIVER_WITHIN_MS;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (!this.#isReady(next)) return;
      if (performance.now() > until_ms) this.#passOver();
      const { since, generation, at_us, tables: kernel } = this.#waiting.shift() ?? next;
      const tables = kernel.map((table) => this.#texts.snapshot(table));
      this.sink.version({ since, generation, at_us, tables });
    }
  }

  /** A large table that changes faster than its text can be put together: the newest version counts. */
  #passOver(): void {
    const passed = this.#waiting.splice(0, this.#waiting.length - 2).length;
    if (passed === 0) return;
    const what = `${passed} versions of the ruleset were passed over`;
    this.sink.failed(
      new RulesetError('list', 'failed', `${what}: it changes faster than they can be put together`),
    );
  }

  #isReady({ tables, begun, came_ms }: Waiting): boolean {
    if (tables.every((table) => this.#texts.isKnown(table))) return true;
    if (this.#ended > begun || this.#waiting.length > MAX_WAITING) return true;
    return performance.now() - came_ms > MAX_WAIT_MS || (!this.#listing && this.#wanted().length === 0);
  }

  /** @returns the tables that nft has to be asked for: their texts cannot be put together */
  #wanted(): KernelTable[] {
    return this.#tables.filter((table) => this.#texts.isWanted(table));
  }

  #listIfDue(): void {
    const now_ms = performance.now();
    if (this.#listing || now_ms < this.#listAt_ms) return;
    const wanted = this.#wanted();
    const rests = now_ms - this.#changed_ms > VERIFY_AFTER_MS;
    const tables =
      wanted.length > 0 || !rests ? wanted : this.#tables.filter((table) => !this.#texts.isShown(table));
    if (tables.length === 0) return;
    if (
      now_ms - this.#changed_ms < DEBOUNCE_MS &&
      now_ms - (this.#waiting[0]?.came_ms ?? now_ms) < DEBOUNCE_MS
    )
      return;
    this.#list(tables).catch((error: Error) => {
      this.#listAt_ms = performance.now() + RETRY_MS;
      this.sink.failed(error);
    });
  }

  /** @throws RulesetError, NetlinkError */
  async #list(tables: readonly KernelTable[]): Promise<void> {
    const number = ++this.#begun;
    const from_ms = performance.now();
    const candidates = new Map(tables.map((table) => [table.key, [table]]));
    this.#listing = { candidates };
    try {
      const listings = await this.source.printer.print(tables, this.#tables);
      await this.#catchUp();
      const shown = learn(this.#phrases, listings, [...candidates.values()]);
      for (const one of shown) this.#check(one);
      this.#tellBetter();
    } finally {
      this.#listing = undefined;
      this.#ended = number;
      const took_ms = performance.now() - from_ms;
      this.#listAt_ms = performance.now() + Math.min(Math.max(DEBOUNCE_MS, took_ms), MAX_DEBOUNCE_MS);
    }
  }

  /** nft may have printed a generation whose notifications are still being sent. */
  async #catchUp(): Promise<void> {
    const generation = readGeneration(this.source.socket);
    const until_ms = performance.now() + RETRY_MS;
    for (
      this.#hear();
      this.#generation < generation && performance.now() < until_ms && !this.#stale;
      this.#hear()
    ) {
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    }
  }

  /** What is put together here must be what nft printed of the very same table. */
  #check(shown: Shown): void {
    const { key } = shown.table;
    if (!this.#texts.show(shown) || this.#odd.has(key)) return;
    // notifications may have been misunderstood: what is read anew cannot be
    this.#odd.add(key);
    this.#stale = true;
  }

  /** Versions that were told without some of their texts, and are still in force */
  #tellBetter(): void {
    const better = this.#tables.filter((table) => this.#texts.improve(table));
    if (better.length > 0) this.#wait(this.#since);
  }
}

/** @returns the table that was known, where the one that was read anew is the same */
function sameAs(known: KernelTable | undefined, table: KernelTable): KernelTable | undefined {
  return known && plain(known) === plain(table) ? known : undefined;
}

function plain(table: KernelTable): string {
  return JSON.stringify(table, (name, value: unknown) => (name === 'statements' ? undefined : value));
}
