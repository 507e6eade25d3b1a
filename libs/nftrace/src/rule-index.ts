import { type StringHolder, type StringTable } from '#columns';
import { NFPROTO_FAMILY } from './attributes.js';
import { hookOrder } from './hook-order.js';
import { IndexedRules } from './indexed-rules.js';
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

interface Generation {
  epoch: number;
  tables: ReadonlyMap<number, Shared>;
}

/** Generations that stay addressable for events decoded before a change: so many, and while they fit so much memory */
const KEPT = 16;
const KEPT_BYTES = 64 * 2 ** 20;
/** Handle of a table that was made anew between two listings */
export const MADE_ANEW = -1;
/** Answers that are remembered: every event asks for its table some times, and rulesets have few */
const FOUND = 61;

/**
 * The rulesets that were in force, newest last. An epoch is the kernel's generation of the ruleset, 0 before the first
 * change; a listing made at epoch n describes the events of n, and earlier ones back to the listing before it.
 * Generations share the tables that did not change between them.
 */
export class RuleIndex implements StringHolder {
  readonly #generations: Generation[] = [];
  readonly #unknown: Shared;
  #bytes = 0;
  /** Answers of `table` since the last listing */
  #found: ({ key: number; epoch: number; table: IndexedTable } | undefined)[] = [];

  constructor(
    private readonly strings: StringTable,
    private readonly keptBytes = KEPT_BYTES,
  ) {
    const family = '';
    this.#unknown = this.#index({ family, name: '', version: '', chains: [], rules: [] });
  }

  /** The epoch of the newest listing; -1 before the first */
  get epoch(): number {
    return this.#generations.at(-1)?.epoch ?? -1;
  }

  /** What is held, over all generations */
  get size(): { generations: number; bytes: number } {
    return { generations: this.#generations.length, bytes: this.#bytes };
  }

  /** Takes a listing in. Of a table that has not changed since the last one, family, name and version suffice. */
  add(epoch: number, tables: readonly (TableFacts | UnchangedTable)[]): void {
    const before = this.#generations.at(-1)?.tables;
    const byKey = new Map<number, Shared>();
    for (const facts of tables) {
      const key = this.#key(facts);
      const known = before?.get(key);
      const same = known?.version === this.strings.id(facts.version) ? known : undefined;
      // a listing once more of the same generation is the better one, and takes the place of the other
      const older = this.epoch === epoch ? known?.rules.older : known?.rules;
      byKey.set(key, same ?? this.#index(facts, known?.handle, older));
    }
    for (const table of byKey.values()) this.#hold(table);
    if (this.epoch === epoch) this.#release(this.#generations.pop());
    this.#generations.push({ epoch, tables: byKey });
    while (this.#generations.length > 1 && this.#isTooMuch) this.#forgetOldest();
    this.#found = [];
  }

  /**
   * @returns the table as it was at `epoch`, or as it is known best. One whose rules are all unknown when it was never
   * listed, or when it was made anew somewhere between the listings before and after an epoch that has none: its
   * handles then meant one thing or another
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
    let at = generations.length - 1;
    while (at > 0 && (generations[at - 1]?.epoch ?? 0) >= epoch) at--;
    const table = generations[at]?.tables.get(key);
    const before = generations[at - 1]?.tables.get(key);
    // an event of a table that was deleted before it could be listed again: the listing before knows it
    if (!table) return before ?? this.#unknown;
    const between = epoch < (generations[at]?.epoch ?? 0) && before !== undefined;
    return between && before.handle !== table.handle ? table.unsure : table;
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
    if (handle !== 0 && handle === handleBefore) indexed.older = older;
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
