import { type LossLines } from './loss-lines.js';

/** Progress is told so often at most. */
const EVERY_MS = 200;

/** Counts what was printed: for progress, and for the line at the end of a command that was interrupted. */
export class Tally {
  #rows = 0;
  #toldMs = 0;
  #missing = 0;
  #gaps = false;

  /**
   * @param startMs when the command began: ms since 1970
   * @param progress is told now and then how many rows there were
   */
  constructor(
    private readonly losses: LossLines,
    private readonly startMs: number,
    private readonly progress?: (rows: number) => void,
  ) {}

  get rows(): number {
    return this.#rows;
  }

  set rows(count: number) {
    this.#rows = count;
    const nowMs = Date.now();
    if (!this.progress || nowMs - this.#toldMs < EVERY_MS) return;
    this.#toldMs = nowMs;
    this.progress(count);
  }

  /** @param rows that are missing in what came; 0 where nobody knows how many */
  lost(rows: number): void {
    this.#missing += rows;
    this.#gaps ||= rows === 0;
  }

  /** @param what the rows are: `packets`, `hops` @returns `stopped after 12.3 s: 345 packets, 1234 events lost` */
  summary(what: string, nowMs: number): string {
    const seconds = ((nowMs - this.startMs) / 1000).toFixed(1);
    const { rows, losses } = this;
    const counts = [
      `${rows} ${rows === 1 ? what.slice(0, -1) : what}`,
      `${losses.events} events lost`,
      ...(this.#missing > 0 ? [`${this.#missing} rows missing`] : []),
      ...(this.#gaps ? ['rows missing of unknown number'] : []),
    ];
    return `stopped after ${seconds} s: ${counts.join(', ')}`;
  }
}
