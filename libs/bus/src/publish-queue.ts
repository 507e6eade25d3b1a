/** What waits to be sent, oldest first, and what it and the unsettled weigh together. */
export class PublishQueue<T extends { readonly bytes: Uint8Array }> {
  readonly #waiting: T[] = [];
  readonly #sending = new Set<T>();
  #bytes = 0;

  /** @param maxBytes of the waiting and the sending together */
  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get sending(): number {
    return this.#sending.size;
  }

  /** @returns what had to go for it, oldest first: itself, if what is being sent leaves no room */
  push(item: T): T[] {
    const gone: T[] = [];
    this.#waiting.push(item);
    this.#bytes += item.bytes.length;
    while (this.#bytes > this.maxBytes) {
      const oldest = this.#waiting.shift();
      if (!oldest) break;
      this.#bytes -= oldest.bytes.length;
      gone.push(oldest);
    }
    return gone;
  }

  /** @returns the oldest, which from now on counts as being sent */
  take(): T | undefined {
    const item = this.#waiting.shift();
    if (item) this.#sending.add(item);
    return item;
  }

  /** Forgets one that was being sent. */
  settle(item: T): void {
    if (this.#sending.delete(item)) this.#bytes -= item.bytes.length;
  }

  /** @returns everything unsettled, which is forgotten */
  clear(): T[] {
    const all = [...this.#sending, ...this.#waiting];
    this.#sending.clear();
    this.#waiting.length = 0;
    this.#bytes = 0;
    return all;
  }
}
