import { type NetlinkError, type RequestSocket } from '#netlink';
import * as C from './constants.js';
import { type RawElement, readElements, showElements } from './elements.js';
import { dump } from './kernel.js';
import { type KernelObject, type KernelTable } from './kernel-table.js';
import { type Phrases } from './phrases.js';
import { text } from './read.js';
import { type SetSnapshot } from './snapshot.js';
import { printedObjects } from './text.js';

/** Elements are not read again sooner; sets may be filled a thousand times a second */
const FRESH_MS = 10_000;
/** Reading is given up for this snapshot after so long */
const WITHIN_MS = 50;
/** Sets whose elements are remembered */
const MAX_KEPT = 10_000;

interface Read {
  at_ms: number;
  count: number | undefined;
  elements: string[] | undefined;
}

/** What is in the sets of a table, as it is when a version of it is new. */
export class SetReader {
  readonly #read = new Map<string, Read>();
  #counts = new Map<string, number>();
  #counted_ms = -Infinity;

  /** @param maxElements a set with more is only counted; 0 = all are */
  constructor(
    private readonly socket: RequestSocket,
    private readonly phrases: Phrases,
    private readonly maxElements: number,
  ) {}

  /** @returns what has a name in the table; sets without a count where they could not be read */
  read(table: KernelTable): SetSnapshot[] {
    const until_ms = performance.now() + WITHIN_MS;
    return printedObjects(table).map((object): SetSnapshot => {
      const { kind, raw } = object;
      const named = { name: text(raw), kind };
      if (!isSet(object)) return named;
      const type = /^\t\ttype(?:of)? (.*)$/m.exec(this.phrases.get(object.content) ?? '')?.[1];
      const { count, elements } = this.#elements(table, object, until_ms);
      return {
        ...named,
        ...(type !== undefined && { type: text(type) }),
        flags: FLAGS.filter(([bit]) => (object.flags & bit) !== 0).map(([, word]) => word),
        ...(count !== undefined && { count }),
        ...(elements && { elements }),
      };
    });
  }

  #elements(table: KernelTable, set: KernelObject, until_ms: number): Omit<Read, 'at_ms'> {
    const now_ms = performance.now();
    const key = `${table.handle} ${set.handle}`;
    const known = this.#read.get(key);
    if (known && now_ms - known.at_ms < FRESH_MS) return known;
    if (now_ms > until_ms) return known ?? { count: undefined, elements: undefined };
    const read = { at_ms: now_ms, ...this.#ask(table, set, key) };
    this.#read.delete(key);
    this.#read.set(key, read);
    for (const oldest of this.#read.keys()) {
      if (this.#read.size <= MAX_KEPT) break;
      this.#read.delete(oldest);
    }
    return read;
  }

  #ask(table: KernelTable, set: KernelObject, key: string): Omit<Read, 'at_ms'> {
    try {
      const count = this.#count(key);
      // a kernel that does not count has them all dumped
      if (count !== undefined && count > this.maxElements) return { count, elements: undefined };
      return this.#dump(table, set);
    } catch (error) {
      // it was deleted meanwhile; a kernel that is silent is noticed where it matters
      if ((error as NetlinkError).name === 'NetlinkError') return { count: undefined, elements: undefined };
      throw error;
    }
  }

  /** @returns the kernel's number of elements; undefined where it has none (before Linux 6.16) */
  #count(key: string): number | undefined {
    if (performance.now() - this.#counted_ms > FRESH_MS || !this.#counts.has(key)) {
      const counts = new Map<string, number>();
      const tables = new Map<string, number>();
      const name = (nfproto: number, raw: string): string => `${nfproto} ${raw}`;
      dump(this.socket, C.NFT_MSG_GETTABLE, {}, (nfproto, a) => {
        tables.set(name(nfproto, a.raw(C.NFTA_TABLE_NAME)), a.u64(C.NFTA_TABLE_HANDLE));
      });
      dump(this.socket, C.NFT_MSG_GETSET, {}, (nfproto, a) => {
        const table = tables.get(name(nfproto, a.raw(C.NFTA_OBJECT_TABLE)));
        if (a.has(C.NFTA_SET_COUNT))
          counts.set(`${table} ${a.u64(C.NFTA_SET_HANDLE)}`, a.u32(C.NFTA_SET_COUNT));
      });
      this.#counts = counts;
      this.#counted_ms = performance.now();
    }
    return this.#counts.get(key);
  }

  #dump(table: KernelTable, set: KernelObject): Omit<Read, 'at_ms'> {
    const elements: RawElement[] = [];
    let count = 0;
    const scope = { nfproto: table.nfproto, table: table.raw, set: set.raw };
    dump(this.socket, C.NFT_MSG_GETSETELEM, scope, (_, a) => {
      const list = a.range(C.NFTA_SET_ELEM_LIST_ELEMENTS);
      const read = list ? readElements(a.bytes, list[0], list[1]) : [];
      count += read.filter(({ isEnd }) => !isEnd).length;
      // intervals are two elements each
      if (elements.length <= 2 * this.maxElements + 1) elements.push(...read);
    });
    if (count > this.maxElements) return { count, elements: undefined };
    return {
      count,
      elements: showElements(elements, { ...set, isInterval: (set.flags & INTERVAL) !== 0 }).map(text),
    };
  }
}

const INTERVAL = 4;
const FLAGS: readonly (readonly [number, string])[] = [
  [2, 'constant'],
  [INTERVAL, 'interval'],
  [16, 'timeout'],
  [32, 'dynamic'],
];

function isSet({ kind }: KernelObject): boolean {
  return kind === 'set' || kind === 'map';
}
