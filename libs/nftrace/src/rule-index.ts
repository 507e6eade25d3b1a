import { type StringHolder, type StringTable } from '#columns';
import { NFPROTO_FAMILY } from './attributes.js';
import { hookOrder } from './hook-order.js';

/** What the ruleset says about a table; plain data, so that it can cross threads. */
export interface TableFacts {
  family: string;
  name: string;
  /** Hash of the table's text */
  version: string;
  chains: readonly { name: string; type?: string; hook?: string; priority?: number }[];
  rules: readonly { handle: number; text: string; comment: string; rejects: boolean }[];
}

export interface IndexedChain {
  /** Numbers of the StringTable */
  hook: number;
  /** See hook-order.ts; NaN for a chain that is on no hook */
  order: number;
}

export interface IndexedRule {
  text: number;
  comment: number;
  rejects: boolean;
}

export interface IndexedTable {
  version: number;
  /** By the chain name's number of the StringTable */
  chains: ReadonlyMap<number, IndexedChain>;
  /** By handle; a handle is unique within its table */
  rules: ReadonlyMap<number, IndexedRule>;
}

interface Generation {
  epoch: number;
  tables: ReadonlyMap<number, IndexedTable>;
}

/** Generations that stay addressable for events decoded before a change */
const KEPT = 16;

/**
 * The rulesets that were in force, newest last. An epoch is the kernel's generation of the ruleset, 0 before the first
 * change; a listing made at epoch n describes the events of n, and earlier ones back to the listing before it.
 */
export class RuleIndex implements StringHolder {
  readonly #generations: Generation[] = [];

  constructor(private readonly strings: StringTable) {}

  /** The epoch of the newest listing; -1 before the first */
  get epoch(): number {
    return this.#generations.at(-1)?.epoch ?? -1;
  }

  add(epoch: number, tables: readonly TableFacts[]): void {
    const byKey = new Map<number, IndexedTable>();
    for (const table of tables) byKey.set(this.#key(table), this.#index(table));
    // a listing once more of the same generation is the better one
    if (this.epoch === epoch) this.#generations.pop();
    this.#generations.push({ epoch, tables: byKey });
    if (this.#generations.length > KEPT) this.#generations.shift();
  }

  /** @returns the table as it was at `epoch`, or as it is known best */
  table(nfproto: number, name: number, epoch: number): IndexedTable | undefined {
    const key = tableKey(nfproto, name);
    const generations = this.#generations;
    let at = generations.length - 1;
    while (at > 0 && (generations[at - 1]?.epoch ?? 0) >= epoch) at--;
    return generations[at]?.tables.get(key);
  }

  markStrings(keep: (id: number) => void): void {
    for (const { tables } of this.#generations) {
      for (const [key, table] of tables) {
        keep(Math.floor(key / 16));
        keep(table.version);
        for (const [name, { hook }] of table.chains) {
          keep(name);
          keep(hook);
        }
        for (const { text, comment } of table.rules.values()) {
          keep(text);
          keep(comment);
        }
      }
    }
  }

  #key(table: TableFacts): number {
    const nfproto = Object.entries(NFPROTO_FAMILY).find(([, family]) => family === table.family)?.[0] ?? 0;
    return tableKey(Number(nfproto), this.strings.id(table.name));
  }

  #index(table: TableFacts): IndexedTable {
    const { strings } = this;
    const chains = new Map<number, IndexedChain>();
    for (const chain of table.chains) {
      const { type = '', hook = '', priority = 0 } = chain;
      chains.set(strings.id(chain.name), {
        hook: strings.id(hook),
        order: hookOrder(table.family, type, hook, priority),
      });
    }
    const rules = new Map<number, IndexedRule>();
    for (const rule of table.rules) {
      const { handle, rejects } = rule;
      rules.set(handle, { text: strings.id(rule.text), comment: strings.id(rule.comment), rejects });
    }
    return { version: strings.id(table.version), chains, rules };
  }
}

function tableKey(nfproto: number, name: number): number {
  return name * 16 + nfproto;
}
