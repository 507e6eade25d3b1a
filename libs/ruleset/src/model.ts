import { NLM_F_APPEND } from '#netlink';
import { type Attributes } from './attributes.js';
import * as C from './constants.js';
import { ElementSum } from './element-sum.js';
import { type KernelTable } from './kernel-table.js';
import * as read from './read.js';
import { TableModel } from './table-model.js';

/** One step of a transaction, read from a message; nothing of the message is kept */
export type Step = (model: RulesetModel) => void;

/** The tables as the kernel's messages tell of them: dumps to begin with, then one transaction after the other. */
export class RulesetModel {
  readonly #tables = new Map<string, TableModel>();
  /** Something was told of what is not known here */
  #odd = false;

  /** Whether it can no longer be what the kernel has, and must be read anew */
  get odd(): boolean {
    return this.#odd || [...this.#tables.values()].some((table) => table.odd);
  }

  get tables(): TableModel[] {
    return [...this.#tables.values()];
  }

  setTable(head: read.TableHead): void {
    const known = this.#tables.get(head.key);
    if (known) known.update(head);
    else this.#tables.set(head.key, new TableModel(head));
  }

  deleteTable(key: string): void {
    if (!this.#tables.delete(key)) this.#odd = true;
  }

  /** Changes a table that must be there. */
  change(key: string, change: (table: TableModel) => void): void {
    const table = this.#tables.get(key);
    if (table) change(table);
    else this.#odd = true;
  }

  /** @returns all tables in the kernel's order; one that has not changed is the same object as before */
  freeze(): KernelTable[] {
    return Array.from(this.#tables.values(), (table) => table.freeze());
  }
}

/** Reads steps from messages one after the other: of a replacement two belong together. */
export class StepReader {
  /** A rule was deleted by the message before, to be replaced */
  #replacing = false;

  /**
   * @param type NFT_MSG_…
   * @param flags of the message's header
   * @returns what the message changes; undefined for one that changes nothing that is known here
   */
  read(type: number, flags: number, nfproto: number, a: Attributes): Step | undefined {
    const replaces = this.#replacing;
    // the sets of a rule go with it
    this.#replacing &&= type === C.NFT_MSG_DELSET;
    const family = C.familyName(nfproto);
    if (type === C.NFT_MSG_NEWTABLE) {
      const head = read.readTable(nfproto, family, a);
      return (model) => model.setTable(head);
    }
    const key = C.tableKey(family, a.raw(C.NFTA_OBJECT_TABLE));
    if (type === C.NFT_MSG_DELTABLE) return (model) => model.deleteTable(key);
    if (type === C.NFT_MSG_DELRULE) this.#replacing = (flags & NLM_F_APPEND) !== 0;
    const change = READERS[type]?.(family, a, flags, replaces);
    return change && ((model) => model.change(key, change));
  }
}

type Reader = (
  family: string,
  a: Attributes,
  flags: number,
  replaces: boolean,
) => (table: TableModel) => void;

const READERS: Readonly<Record<number, Reader>> = {
  [C.NFT_MSG_NEWCHAIN]: (family, a) => {
    const head = read.readChain(family, a);
    return (table) => table.setChain(head);
  },
  [C.NFT_MSG_DELCHAIN]: (_, a) => {
    const handle = a.u64(C.NFTA_CHAIN_HANDLE);
    // with a hook it may be some of its devices that are deleted
    const devices = a.has(C.NFTA_CHAIN_HOOK);
    return (table) => (devices ? (table.odd = true) : table.deleteChain(handle));
  },
  [C.NFT_MSG_NEWRULE]: (family, a, flags, replaces) => {
    const chain = a.raw(C.NFTA_RULE_CHAIN);
    const rule = read.readRule(family, a);
    const place = read.rulePlace(a, flags, replaces);
    return (table) => table.addRule(chain, rule, place);
  },
  [C.NFT_MSG_DELRULE]: (_, a) => {
    const chain = a.raw(C.NFTA_RULE_CHAIN);
    const handle = a.u64(C.NFTA_RULE_HANDLE);
    return (table) => table.deleteRule(chain, handle);
  },
  [C.NFT_MSG_NEWSET]: (family, a) => {
    const set = read.readSet(family, a);
    return (table) => table.setObject('set', set);
  },
  [C.NFT_MSG_DELSET]: (_, a) => {
    const handle = a.u64(C.NFTA_SET_HANDLE);
    return (table) => table.deleteObject('set', handle);
  },
  [C.NFT_MSG_NEWSETELEM]: (_, a) => {
    const set = a.raw(C.NFTA_SET_ELEM_LIST_SET);
    const elements = new ElementSum();
    const list = set.startsWith('__') ? a.range(C.NFTA_SET_ELEM_LIST_ELEMENTS) : undefined;
    if (list) elements.addList(a.bytes, list[0], list[1]);
    return (table) => table.addElements(set, elements);
  },
  [C.NFT_MSG_NEWOBJ]: (family, a) => {
    const object = read.readObject(family, a);
    return (table) => table.setObject('object', object);
  },
  [C.NFT_MSG_DELOBJ]: (_, a) => {
    const handle = a.u64(C.NFTA_OBJ_HANDLE);
    return (table) => table.deleteObject('object', handle);
  },
  [C.NFT_MSG_NEWFLOWTABLE]: (family, a) => {
    const flowtable = read.readFlowtable(family, a);
    return (table) => table.setObject('flowtable', flowtable);
  },
  [C.NFT_MSG_DELFLOWTABLE]: (_, a) => {
    const handle = a.u64(C.NFTA_FLOWTABLE_HANDLE);
    const devices = a.has(C.NFTA_FLOWTABLE_HOOK);
    return (table) => (devices ? (table.odd = true) : table.deleteObject('flowtable', handle));
  },
};
