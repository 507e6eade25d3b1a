import { type StringHolder, type StringTable } from '#columns';
import { type PackedPrefixes } from './pack.js';
import { findRange } from './range-tree.js';

const NOT_MET = -1;

/** Looks addresses up. A name becomes a string when the first packet meets it; looking up makes no objects. */
export class PrefixTable implements StringHolder {
  /** Two numbers of the StringTable an entry: its networks, its groups */
  readonly #names: Int32Array;
  readonly #met: number[] = [];

  constructor(
    private readonly packed: PackedPrefixes,
    private readonly strings: StringTable,
  ) {
    this.#names = new Int32Array(packed.entryTexts.length).fill(NOT_MET);
    this.#names.fill(0, 0, 2);
  }

  /**
   * @param at where the address begins in `addresses`: 16 bytes, IPv4 as ::ffff:a.b.c.d
   * @returns the number of the entry of the most specific network that it lies in; 0 = it lies in none, or is `::`
   */
  find(addresses: Uint8Array, at: number): number {
    const { tree, starts, entries } = this.packed;
    return entries[findRange(tree, starts, addresses, at)] as number;
  }

  /** @returns the number in the StringTable of the names of an entry's networks, joined by `,` */
  net(entry: number): number {
    const name = this.#names[2 * entry] ?? 0;
    return name === NOT_MET ? this.#meet(entry, 0) : name;
  }

  /** @returns the number in the StringTable of the names of an entry's groups, joined by `,` */
  sg(entry: number): number {
    const name = this.#names[2 * entry + 1] ?? 0;
    return name === NOT_MET ? this.#meet(entry, 1) : name;
  }

  markStrings(keep: (id: number) => void): void {
    for (const at of this.#met) keep(this.#names[at] ?? 0);
  }

  #meet(entry: number, which: 0 | 1): number {
    const { entryTexts, ends, bytes } = this.packed;
    const at = 2 * entry + which;
    const text = entryTexts[at] ?? 0;
    // a copy: text decoders refuse shared memory
    const copy = text === 0 ? new Uint8Array() : bytes.slice(ends[text - 1], ends[text]);
    const id = this.strings.id(new TextDecoder('utf-8', { ignoreBOM: true }).decode(copy));
    this.#names[at] = id;
    if (id !== 0) this.#met.push(at);
    return id;
  }
}
