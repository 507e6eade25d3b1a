/** One number that only grows. */
export class Counter {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  add(by = 1): void {
    this.#value += by;
  }
}

export interface Count {
  readonly name: string;
  /** Why, where a counter is kept by cause; else ''. */
  readonly cause: string;
  readonly value: number;
}

/** The counters of one process, by name and cause. */
export class Counters {
  readonly #counters = new Map<string, { name: string; cause: string; counter: Counter }>();

  /** @returns the counter of that name and cause; the same one each time */
  counter(name: string, cause = ''): Counter {
    const key = `${name}\n${cause}`;
    const known = this.#counters.get(key);
    if (known) return known.counter;
    const counter = new Counter();
    this.#counters.set(key, { name, cause, counter });
    return counter;
  }

  /** @returns all of them as they stand, in the order they were first asked for */
  snapshot(): Count[] {
    return [...this.#counters.values()].map(({ name, cause, counter }) => ({
      name,
      cause,
      value: counter.value,
    }));
  }
}
