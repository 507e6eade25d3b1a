import { endOfLoss } from './loss-lines.js';
import { type WatchParts } from './parts.js';
import { type Shown } from './row-meter.js';

/** @returns a row's time (RFC 3339); '' of none */
export const timeOf = (json: string | undefined): string => {
  const ts = json === undefined ? undefined : /"ts":"([^"]*)"/.exec(json)?.[1];
  return ts ?? '';
};

/** Prints rows in the order of time, and for a person what was lost in its place among them. */
export class Among implements Shown {
  count = 0;
  first = '';
  #lastRow: string | undefined;
  #losses: readonly string[] = [];

  constructor(private readonly parts: WatchParts) {}

  get last(): string {
    return timeOf(this.#lastRow);
  }

  /** @param losses in the order of their ends, to stand among the rows to come */
  lost(losses: readonly string[]): void {
    this.#losses = losses;
  }

  /** Drops the losses before a time. @returns them */
  dropBefore(time: string): readonly string[] {
    const before = this.#losses.filter((loss) => endOfLoss(loss) < time);
    this.#losses = this.#losses.slice(before.length);
    return before;
  }

  async rows(rows: readonly string[]): Promise<void> {
    if (rows.length === 0) return;
    if (this.count === 0) this.first = timeOf(rows[0]);
    let from = 0;
    for (;;) {
      const [loss] = this.#losses;
      if (loss === undefined) break;
      const end = endOfLoss(loss);
      let to = from;
      while (to < rows.length && timeOf(rows[to]) <= end) to++;
      // Rows to come may be before it too.
      if (to === rows.length) break;
      await this.#print(rows.slice(from, to));
      await this.tell([loss]);
      this.#losses = this.#losses.slice(1);
      from = to;
    }
    await this.#print(rows.slice(from));
    this.#lastRow = rows.at(-1);
  }

  /** The losses after the last row. */
  async rest(): Promise<void> {
    await this.tell(this.#losses);
    this.#losses = [];
  }

  /** For a person among the rows, for a program beside them. */
  async tell(losses: readonly string[]): Promise<void> {
    const { formatter, output, notice } = this.parts;
    for (const loss of losses) {
      const line = this.parts.losses.line(loss);
      if (line === undefined) continue;
      if (formatter.note) await output.write(formatter.note(line));
      else notice(line);
    }
  }

  async #print(rows: readonly string[]): Promise<void> {
    const { formatter, output, tally } = this.parts;
    await output.write(await formatter.rows(rows));
    this.count += rows.length;
    tally.rows += rows.length;
  }
}
