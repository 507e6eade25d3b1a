const FIRST_SLOTS = 256;

/** Numbers for keys of one or more 32-bit words: from 0, in the order in which keys come first. */
export class WordTable {
  #size = 0;
  /** One more than the number; 0 = free. At least half are free. */
  #slots = new Int32Array(FIRST_SLOTS);
  #keys: Uint32Array;

  /** @param width words of a key */
  constructor(readonly width: number) {
    this.#keys = new Uint32Array((FIRST_SLOTS / 2) * width);
  }

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#size = 0;
    this.#slots = new Int32Array(FIRST_SLOTS);
    this.#keys = new Uint32Array((FIRST_SLOTS / 2) * this.width);
  }

  /** @returns a word of a key */
  word(number: number, index: number): number {
    return this.#keys[number * this.width + index] as number;
  }

  /** @returns the number of the key that lies in `words` from `at` */
  number(words: Uint32Array, at: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = this.#hash(words, at) & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot] as number;
      if (found === 0) return this.#add(slot, words, at);
      if (this.#holds(found - 1, words, at)) return found - 1;
    }
  }

  #hash(words: Uint32Array, at: number): number {
    let hash = 0;
    for (let i = 0; i < this.width; i++) {
      hash = Math.imul(hash ^ (words[at + i] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #holds(number: number, words: Uint32Array, at: number): boolean {
    const keys = this.#keys;
    const from = number * this.width;
    for (let i = 0; i < this.width; i++) if (keys[from + i] !== words[at + i]) return false;
    return true;
  }

  #add(slot: number, words: Uint32Array, at: number): number {
    const number = this.#size++;
    this.#slots[slot] = this.#size;
    for (let i = 0; i < this.width; i++) this.#keys[number * this.width + i] = words[at + i] as number;
    if (2 * this.#size >= this.#slots.length) this.#grow();
    return number;
  }

  #grow(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const keys = new Uint32Array((slots.length / 2) * this.width);
    keys.set(this.#keys);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#size; number++) {
      let slot = this.#hash(keys, number * this.width) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
    this.#keys = keys;
  }
}
