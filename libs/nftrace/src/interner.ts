import { type StringTable } from '#columns';
import { decodeName } from '#netlink';

/**
 * Names as the kernel sends them (NUL-terminated bytes) → their number in a StringTable, without making a string
 * for a name seen before.
 */
export class ByteInterner {
  /** Open addressing; the table doubles when half full. 0 = free, else entry number + 1. */
  #slots = new Int32Array(256);
  #names: Uint8Array[] = [];
  #ids: number[] = [];

  constructor(private readonly strings: StringTable) {}

  /** @returns the number of the name at `bytes[at, at + length)`, cut at its NUL */
  id(bytes: Uint8Array, at: number, length: number): number {
    let end = at;
    let hash = 0x811c9dc5;
    while (end < at + length && bytes[end] !== 0) hash = Math.imul(hash ^ (bytes[end++] ?? 0), 0x01000193);
    if (end === at) return 0;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      // a copy: the slice of a Buffer would be a view of memory that the next receive fills anew
      if (entry < 0) return this.#add(Uint8Array.prototype.slice.call(bytes, at, end), slot);
      if (this.#equals(entry, bytes, at, end)) return this.#ids[entry] ?? 0;
    }
  }

  #equals(entry: number, bytes: Uint8Array, at: number, end: number): boolean {
    const name = this.#names[entry];
    if (name?.length !== end - at) return false;
    for (let i = 0; i < name.length; i++) if (name[i] !== bytes[at + i]) return false;
    return true;
  }

  #add(name: Uint8Array, slot: number): number {
    const id = this.strings.id(decodeName(name));
    this.#names.push(name);
    this.#ids.push(id);
    this.#slots[slot] = this.#names.length;
    if (this.#names.length * 2 > this.#slots.length) this.#grow();
    return id;
  }

  /** Forgets the names whose number is not in use. */
  forget(inUse: (id: number) => boolean): void {
    const kept = this.#ids.map(inUse);
    this.#names = this.#names.filter((_, entry) => kept[entry]);
    this.#ids = this.#ids.filter((_, entry) => kept[entry]);
    this.#rehash(this.#slots.length);
  }

  #grow(): void {
    this.#rehash(this.#slots.length * 2);
  }

  #rehash(size: number): void {
    this.#slots = new Int32Array(size);
    const mask = this.#slots.length - 1;
    for (const [entry, name] of this.#names.entries()) {
      let hash = 0x811c9dc5;
      for (const byte of name) hash = Math.imul(hash ^ byte, 0x01000193);
      let slot = hash & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry + 1;
    }
  }
}
