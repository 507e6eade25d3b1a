/**
 * Numbers for keys of one or more 32-bit words: from 0, in the order in which keys come first. It is emptied for each
 * batch without touching its memory.
 */
export class WordTable {
  #size = 0;
  #mask = 0;
  #epoch = 0;
  #slots = new Int32Array(0);
  #stamps = new Uint32Array(0);
  #keys = new Uint32Array(0);

  /** @param width words of a key */
  constructor(private readonly width: number) {}

  /** Keys since `clear`. */
  get size(): number {
    return this.#size;
  }

  /** @param most keys that may come until the next call */
  clear(most: number): void {
    this.#size = 0;
    if (2 * most > this.#slots.length) {
      const slots = 2 ** Math.ceil(Math.log2(Math.max(2 * most, 64)));
      this.#slots = new Int32Array(slots);
      this.#stamps = new Uint32Array(slots);
      this.#keys = new Uint32Array((slots / 2) * this.width);
      this.#mask = slots - 1;
      this.#epoch = 0;
    }
    if (++this.#epoch === 2 ** 32) {
      this.#stamps.fill(0);
      this.#epoch = 1;
    }
  }

  /** @returns the number of the key that lies in `words` from `at` */
  number(words: Uint32Array | Int32Array, at: number): number {
    const { width } = this;
    let hash = 0;
    for (let i = 0; i < width; i++) hash = Math.imul(hash ^ (words[at + i] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      if (this.#stamps[slot] !== this.#epoch) return this.#add(slot, words, at);
      const number = this.#slots[slot] as number;
      if (this.#holds(number, words, at)) return number;
    }
  }

  #holds(number: number, words: Uint32Array | Int32Array, at: number): boolean {
    const keys = this.#keys;
    const from = number * this.width;
    // A key of signed words is kept as unsigned ones.
    for (let i = 0; i < this.width; i++) if (keys[from + i] !== (words[at + i] as number) >>> 0) return false;
    return true;
  }

  #add(slot: number, words: Uint32Array | Int32Array, at: number): number {
    const number = this.#size++;
    this.#stamps[slot] = this.#epoch;
    this.#slots[slot] = number;
    for (let i = 0; i < this.width; i++) this.#keys[number * this.width + i] = words[at + i] as number;
    return number;
  }
}
