import { type StringHolder, type StringTable } from '#columns';
import { NFPROTO_FAMILY } from '#netlink';
import { hookOrder } from './hook-order.js';
import { type IndexedRule, IndexedRules } from './indexed-rules.js';
import { packed, type TableFacts, type UnchangedTable } from './rule-facts.js';

export interface IndexedChain {
  /** Numbers of the StringTable */
  hook: number;
  /** See hook-order.ts; NaN for a chain that is on no hook */
  order: number;
}

export interface IndexedTable {
  version: number;
  /** The kernel's; a table that is deleted and made again has another. 0 = not known, -1 = one or another: see `table` */
  handle: number;
  /** By the chain name's number of the StringTable */
  chains: ReadonlyMap<number, IndexedChain>;
  /** By handle; a handle is unique within its table */
  rules: Pick<IndexedRules, 'get' | 'has'>;
}

/** A table as it stays over the generations that it does not change in */
interface Shared extends IndexedTable {
  rules: IndexedRules;
  /** The same without its rules */
  unsure: IndexedTable;
  /** Generations that have it */
  generations: number;
}

/** What was in force from one generation to another. */
interface Generation {
  since: number;
  until: number;
  tables: ReadonlyMap<number, Shared>;
}

/** Generations that stay addressable for events decoded before a change: so many, and while they fit so much memory */
const KEPT = 1024;
const KEPT_BYTES = 64 * 2 ** 20;
/** Handle of a table that was made anew between two listings */
export const MADE_ANEW = -1;
/** Answers that are remembered: every event asks for its table some times, and rulesets have few */
const FOUND = 61;

/**
 * The rulesets that were in force, newest last. An epoch is the kernel's generation of the ruleset, 0 before the first
 * change. Epochs between two entries are those that nothing is known of: there a rule is told only where it cannot be
 * another one. Generations share the tables that did not change between them.
 */
export class RuleIndex implements StringHolder {
  readonly #generations: Generation[] = [];
  readonly #unknown: Shared;
  #bytes = 0;
  /** Whether there were generations before the first one here */
  #forgot = false;
  /** Answers of `table` since the last `add` */
  #found: ({ key: number; epoch: number; table: IndexedTable } | undefined)[] = [];

  constructor(
    private readonly strings: StringTable,
    private readonly keptBytes = KEPT_BYTES,
  ) {
    const family = '';
    this.#unknown = this.#index({ family, name: '', version: '', chains: [], rules: [] });
  }

  /** The newest epoch that is known; -1 before the first */
  get epoch(): number {
    return this.#generations.at(-1)?.until ?? -1;
  }

  /** What is held, over all generations */
  get size(): { generations: number; bytes: number } {
    return { generations: this.#generations.length, bytes: this.#bytes };
  }

  /**
   * Takes in what was in force up to `epoch`. Of a table that has not changed since the last one, family, name and
   * version suffice.
   * @param since the first epoch that it is known to have been in force at
   */
  add(epoch: number, tables: readonly (TableFacts | UnchangedTable)[], since = epoch): void {
    const last = this.#generations.at(-1);
    // told once more it is the better known, and takes the place of the other
    const again = last !== undefined && since <= last.until;
    const byKey = new Map<number, Shared>();
    for (const facts of tables) {
      const key = this.#key(facts);
      const known = last?.tables.get(key);
      const same = known?.version === this.strings.id(facts.version) ? known : undefined;
      const older = again ? known?.rules.older : known?.rules;
      byKey.set(key, same ?? this.#index(facts, known?.handle, older));
    }
    this.#found = [];
    if (last && since <= last.until + 1 && isSame(last.tables, byKey)) {
      last.until = Math.max(last.until, epoch);
      return;
    }
    for (const table of byKey.values()) this.#hold(table);
    this.#cutOff(since);
    this.#generations.push({ since, until: epoch, tables: byKey });
    while (this.#generations.length > 1 && this.#isTooMuch) this.#forgetOldest();
  }

  /** What was known from `since` on is known better now. */
  #cutOff(since: number): void {
    const generations = this.#generations;
    while ((generations.at(-1)?.since ?? -1) >= since) this.#release(generations.pop());
    const last = generations.at(-1);
    if (last) last.until = Math.min(last.until, since - 1);
  }

  /**
   * @returns the table as it was at `epoch`. One whose rules are all unknown when the epoch is not known yet or no
   * more, or when the table was made anew somewhere between what is known before and after it: its handles then meant
   * one thing or another
   */
  table(nfproto: number, name: number, epoch: number): IndexedTable {
    const key = tableKey(nfproto, name);
    const slot = key % FOUND;
    const found = this.#found[slot];
    if (found?.key === key && found.epoch === epoch) return found.table;
    const table = this.#find(key, epoch);
    this.#found[slot] = { key, epoch, table };
    return table;
  }

  #find(key: number, epoch: number): IndexedTable {
    const generations = this.#generations;
    const at = this.#at(epoch);
    const table = generations[at]?.tables.get(key);
    const before = generations[at - 1]?.tables.get(key);
    const since = generations[at]?.since ?? 0;
    // an event of a table that was deleted while the packet was in it
    if (!table) return (epoch <= since ? before : undefined) ?? this.#unknown;
    // who could not wait is not told what was in force before: a handle may mean another rule by now
    if (epoch > this.epoch || (epoch < since && at === 0 && this.#forgot)) return table.unsure;
    if (epoch >= since || !before) return table;
    return before.handle === table.handle ? this.#between(before, table) : table.unsure;
  }

  /** @returns the place of the first entry that does not end before `epoch`; of the last one where all do */
  #at(epoch: number): number {
    let [low, high] = [0, this.#generations.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#generations[middle]?.until ?? 0) >= epoch) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** A rule that the table had before or after an epoch that nothing is known of, where these do not differ */
  #between(before: Shared, after: Shared): IndexedTable {
    const get = (handle: number): IndexedRule | undefined => {
      const rule = after.rules.get(handle);
      const other = before.rules.has(handle) ? before.rules.get(handle) : rule;
      return rule?.text === other?.text || !after.rules.has(handle) ? other : this.#unknown.rules.get(handle);
    };
    const version = before.version === after.version ? after.version : 0;
    const has = (handle: number): boolean => before.rules.has(handle) || after.rules.has(handle);
    return { version, handle: after.handle, chains: after.chains, rules: { get, has } };
  }

  /** Names all numbers of the StringTable that it may give out again. */
  markStrings(keep: (id: number) => void): void {
    this.#unknown.rules.markStrings(keep);
    const seen = new Set<Shared>();
    for (const { tables } of this.#generations) {
      for (const [key, table] of tables) {
        keep(Math.floor(key / KEY_FAMILIES));
        if (!seen.has(table)) mark(table, keep);
        seen.add(table);
      }
    }
  }

  get #isTooMuch(): boolean {
    return this.#generations.length > KEPT || this.#bytes > this.keptBytes;
  }

  #forgetOldest(): void {
    this.#forgot = true;
    this.#release(this.#generations.shift());
    for (const table of this.#generations[0]?.tables.values() ?? []) table.rules.older = undefined;
  }

  #hold(table: Shared): void {
    if (table.generations++ === 0) this.#bytes += table.rules.bytes;
  }

  #release(generation: Generation | undefined): void {
    for (const table of generation?.tables.values() ?? []) {
      if (--table.generations === 0) this.#bytes -= table.rules.bytes;
    }
  }

  #key({ family, name }: UnchangedTable): number {
    const nfproto = Object.entries(NFPROTO_FAMILY).find(([, known]) => known === family)?.[0] ?? 0;
    return tableKey(Number(nfproto), this.strings.id(name));
  }

  #index(table: TableFacts | UnchangedTable, handleBefore?: number, older?: IndexedRules): Shared {
    const { strings } = this;
    const { chains, rules, handle = 0 } = 'rules' in table ? table : { chains: [], rules: [] };
    const byName = new Map<number, IndexedChain>();
    for (const chain of chains) {
      const { type = '', hook = '', priority = 0 } = chain;
      const order = hookOrder(table.family, type, hook, priority);
      byName.set(strings.id(chain.name), { hook: strings.id(hook), order });
    }
    const indexed = new IndexedRules(packed(rules), strings);
    if (handle !== 0 && handle === handleBefore) {
      indexed.older = older;
      if (older) older.newer = indexed;
    }
    const unsure = {
      version: 0,
      handle: MADE_ANEW,
      chains: byName,
      rules: new IndexedRules(packed([]), strings),
    };
    const version = strings.id(table.version);
    return { version, handle, unsure, chains: byName, rules: indexed, generations: 0 };
  }
}

function isSame(before: ReadonlyMap<number, Shared>, now: ReadonlyMap<number, Shared>): boolean {
  if (before.size !== now.size) return false;
  for (const [key, table] of now) if (before.get(key) !== table) return false;
  return true;
}

function mark({ version, chains, rules }: Shared, keep: (id: number) => void): void {
  keep(version);
  for (const [name, { hook }] of chains) {
    keep(name);
    keep(hook);
  }
  rules.markStrings(keep);
}

/** More than there are families */
const KEY_FAMILIES = 16;

function tableKey(nfproto: number, name: number): number {
  return name * KEY_FAMILIES + nfproto;
}
