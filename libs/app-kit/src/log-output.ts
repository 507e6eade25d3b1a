/** What of `process.stderr` the log needs. */
export interface LogStream {
  write(text: string, done: (error?: Error | null) => void): unknown;
  on(event: 'error', listener: () => void): unknown;
  listenerCount(event: 'error'): number;
}

/**
 * Where the lines of a log go. One that cannot be written (the disk is full, who read them is gone) is counted, and told of
 * when lines can be written again. Without a listener an error of the stream would end the process.
 */
export class LogOutput {
  #lost = 0;
  #untold = 0;
  #reason = '';

  /** @param tell writes a line about lines that were lost */
  constructor(
    private readonly stream: LogStream,
    private readonly tell: (lines: number, reason: string) => void,
  ) {
    if (stream.listenerCount('error') === 0) stream.on('error', () => undefined);
  }

  /** Lines that were not written. */
  get lost(): number {
    return this.#lost;
  }

  write(line: string): void {
    this.stream.write(line, (error) => {
      if (error) this.#missed(error);
      else if (this.#untold > 0) this.#told();
    });
  }

  #missed(error: Error & { code?: string }): void {
    this.#lost++;
    this.#untold++;
    this.#reason = error.code ?? error.message;
  }

  /** What is told of them may be lost as well; it is then one more of them. */
  #told(): void {
    const untold = this.#untold;
    this.#untold = 0;
    this.tell(untold, this.#reason);
  }
}
