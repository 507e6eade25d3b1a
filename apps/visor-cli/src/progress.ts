import { type Writable } from 'node:stream';

const PATIENCE_MS = 1000;
const ERASE = '\r\x1b[K';

/**
 * Says on standard error what is being waited for, once that has lasted a second, and takes it back before anything else
 * is written. Where standard error is no terminal it says nothing.
 */
export class Progress {
  #text: string | undefined;
  #shown = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly stream: Writable,
    private readonly isTerminal: boolean,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** @param text what goes on, without control characters; it takes the place of the text before */
  show(text: string): void {
    if (!this.isTerminal) return;
    this.#text = text;
    if (this.#shown) this.#draw();
    else this.#timer ??= setTimeout(() => this.#draw(), this.patienceMs).unref();
  }

  /** Takes the text off the screen, until it is shown anew. */
  erase(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#shown) this.stream.write(ERASE);
    this.#shown = false;
  }

  #draw(): void {
    this.#shown = true;
    this.stream.write(`${ERASE}${this.#text ?? ''}`);
  }
}
