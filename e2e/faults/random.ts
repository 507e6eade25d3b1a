/**
 * Random numbers that a seed repeats: the same seed gives the same numbers on every machine. Good enough to choose
 * faults with, and for nothing else.
 */
export class SeededRandom {
  #state: number;

  /** @param seed an integer from 0 to 2^32 - 1 */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** @returns an integer from 0 to 2^32 - 1: a counter in steps of an odd constant, its bits mixed */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
    bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
    return (bits ^ (bits >>> 15)) >>> 0;
  }

  /** @returns a number from `low` up to and without `high` */
  between(low: number, high: number): number {
    return low + (this.next() / 2 ** 32) * (high - low);
  }

  /** @returns the items in another order */
  shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, key: this.next() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }
}
