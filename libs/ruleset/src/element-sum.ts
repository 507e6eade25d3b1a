import { eachAttribute } from './attributes.js';
import * as C from './constants.js';

const STABLE: ReadonlySet<number> = new Set([
  C.NFTA_SET_ELEM_KEY,
  C.NFTA_SET_ELEM_DATA,
  C.NFTA_SET_ELEM_FLAGS,
  C.NFTA_SET_ELEM_USERDATA,
  C.NFTA_SET_ELEM_OBJREF,
  C.NFTA_SET_ELEM_KEY_END,
]);

/**
 * A sum over the elements of a set, the same in whatever order they come: nft sorts them when it prints. 100,000
 * elements take no more memory than one.
 */
export class ElementSum {
  count = 0;
  #low = 0;
  #high = 0;

  /** @param from where a list of elements (NFTA_SET_ELEM_LIST_ELEMENTS) starts */
  addList(bytes: Uint8Array, from: number, to: number): void {
    eachAttribute(bytes, from, to, (_, at, end) => this.#add(bytes, at, end));
  }

  add(other: ElementSum): void {
    this.count += other.count;
    this.#low = (this.#low + other.#low) >>> 0;
    this.#high = (this.#high + other.#high) >>> 0;
  }

  toString(): string {
    return `${this.count} ${this.#low.toString(16)} ${this.#high.toString(16)}`;
  }

  #add(bytes: Uint8Array, from: number, to: number): void {
    let [low, high] = [0x811c9dc5, 0x1b873593];
    eachAttribute(bytes, from, to, (type, at, end) => {
      if (!STABLE.has(type)) return;
      low = Math.imul(low ^ (type + 256), 0x01000193);
      high = Math.imul(high ^ (type + 256), 0x85ebca6b);
      for (let i = at; i < end; i++) {
        const byte = bytes[i] ?? 0;
        low = Math.imul(low ^ byte, 0x01000193);
        high = Math.imul((high << 5) ^ (high >>> 27) ^ byte, 0x85ebca6b);
      }
    });
    this.count++;
    this.#low = (this.#low + mixed(low ^ (high >>> 7))) >>> 0;
    this.#high = (this.#high + mixed(high)) >>> 0;
  }
}

/** The last steps of MurmurHash3: without them sums of similar elements would meet */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
