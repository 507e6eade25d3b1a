/** The free numbers of a pool, last freed first. */
export class FreeList {
  readonly #free: Int32Array;
  #count: number;

  constructor(readonly capacity: number) {
    this.#free = Int32Array.from({ length: capacity }, (_, i) => capacity - 1 - i);
    this.#count = capacity;
  }

  get available(): number {
    return this.#count;
  }

  /** @returns a free number, -1 when there is none */
  take(): number {
    return this.#count > 0 ? (this.#free[--this.#count] ?? -1) : -1;
  }

  give(index: number): void {
    this.#free[this.#count++] = index;
  }
}
