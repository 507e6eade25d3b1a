/** A small generator (xorshift32), so that a seed gives the same traffic everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** @returns 0 to below `end`, at most 2^32 */
  integer(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** @returns 0 to below 1 */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) / 2 ** 32;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.integer(from.length)] as T;
  }
}
