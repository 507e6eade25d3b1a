/** At most so many drawings a second. */
const EVERY_MS = 1000 / 10;

/** Draws soon after something has changed, but not too often. */
export class Pace {
  #timer: NodeJS.Timeout | undefined;
  #last = -Infinity;
  #closed = false;

  /** @param now ms, of a clock that does not jump */
  constructor(
    private readonly draw: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Something has changed. */
  ask(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => this.#draw(), Math.max(0, this.#last + EVERY_MS - this.now()));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #draw(): void {
    this.#timer = undefined;
    this.#last = this.now();
    this.draw();
  }
}
