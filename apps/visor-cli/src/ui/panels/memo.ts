/** Remembers what was made last, as long as it is of the same things. */
export class Memo<T> {
  #of: readonly unknown[] = [];
  #value: T | undefined;

  /** @param of what it is made of; each is compared as it is */
  get(of: readonly unknown[], make: () => T): T {
    const same = this.#of.length === of.length && of.every((one, at) => one === this.#of[at]);
    if (!same || this.#value === undefined) {
      this.#value = make();
      this.#of = of;
    }
    return this.#value;
  }
}
