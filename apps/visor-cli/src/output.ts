import { type Writable } from 'node:stream';

/** Where rows are printed. A reader that goes away (`| head`) ends the printing; that is no failure. */
export class Output {
  readonly #gone = new AbortController();
  #failure: Error | undefined;

  /** @param before is called before each writing */
  constructor(
    private readonly stream: Writable,
    private readonly before: () => void = () => undefined,
  ) {
    stream.on('error', (error) => this.#fail(error));
  }

  /** Aborted when nobody reads any more. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when it is taken, so that a slow reader slows the sender. @throws what writing failed with */
  async write(printed: string | Uint8Array): Promise<void> {
    if (printed.length > 0 && !this.#gone.signal.aborted) {
      this.before();
      await new Promise<void>((resolve) => {
        this.stream.write(printed, (error) => {
          if (error) this.#fail(error);
          resolve();
        });
      });
    }
    if (this.#failure) throw this.#failure;
  }

  /** A reader that left is told from a disk that is full. */
  #fail(error: NodeJS.ErrnoException): void {
    if (error.code !== 'EPIPE') this.#failure = error;
    this.#gone.abort();
  }
}
