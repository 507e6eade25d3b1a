interface Waiting {
  readonly bytes: number;
  readonly admit: () => void;
  readonly refuse: (error: Error) => void;
}

/** Bounds what is held in memory; who finds no room waits, first come first served. */
export class MemoryGate {
  readonly #queue: Waiting[] = [];
  #held = 0;

  /** @param max bytes; more than that is admitted only alone */
  constructor(private readonly max: number) {}

  get held(): number {
    return this.#held;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves when there is room; `release` has to be called with the same number then. */
  acquire(bytes: number): Promise<void> {
    return new Promise((admit, refuse) => {
      this.#queue.push({ bytes, admit, refuse });
      this.#admit();
    });
  }

  release(bytes: number): void {
    this.#held -= bytes;
    this.#admit();
  }

  /** Sends away all who wait. */
  refuse(error: Error): void {
    for (const { refuse } of this.#queue.splice(0)) refuse(error);
  }

  #admit(): void {
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      if (this.#held > 0 && this.#held + next.bytes > this.max) return;
      this.#queue.shift();
      this.#held += next.bytes;
      next.admit();
    }
  }
}
