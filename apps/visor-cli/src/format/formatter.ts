/** Text, or bytes where the form is no text. */
export type Printed = string | Uint8Array;

/** Turns rows (JSON texts as the hub sends them) into what is printed. */
export interface RowFormatter {
  /**
   * @returns what is printed for these rows, which follow those of the call before; to be awaited before the next call
   * @throws CliError `protocol` for what is no row
   */
  rows(rows: readonly string[]): Printed | Promise<Printed>;
  /**
   * @returns the text for a line to a person that stands between the rows so far and the next; absent where the output is
   * for programs
   */
  readonly note?: (line: string) => string;
  /** The terminal has another width: what is printed from now on is of that one. */
  resize?(width: number): void;
  /** Nothing is waited for any more, and nothing of it keeps the process: however the rows end. */
  close?(): void;
  /** @returns what comes after the last row; to be called once, also where the rows ended early */
  end(): Printed | Promise<Printed>;
}
