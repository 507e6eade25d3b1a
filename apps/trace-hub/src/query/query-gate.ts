/** Too many want to query at once. */
export class GateFull extends Error {
  override readonly name = 'GateFull';
}

/** Lets so many in at a time; the others wait in a line of bounded length. */
export class QueryGate {
  #running = 0;
  readonly #line: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly waiting: number,
  ) {}

  get running(): number {
    return this.#running;
  }

  get inLine(): number {
    return this.#line.length;
  }

  /**
   * @param patient whether it waits though the line is full: it is a part of something that has begun
   * @returns what lets the next one in; calling it again does nothing
   * @throws GateFull where the line is full; the signal's reason where it is aborted before
   */
  async enter(signal: AbortSignal, patient = false): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#running < this.atOnce) this.#running++;
    else if (patient || this.#line.length < this.waiting) await this.#turn(signal);
    else throw new GateFull(`${this.#running} queries run and ${this.#line.length} wait`);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#line.shift();
      if (next) next();
      else this.#running--;
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const gone = (): void => {
        this.#line.splice(this.#line.indexOf(come), 1);
        reject(signal.reason as Error);
      };
      const come = (): void => {
        signal.removeEventListener('abort', gone);
        resolve();
      };
      this.#line.push(come);
      signal.addEventListener('abort', gone, { once: true });
    });
  }
}
