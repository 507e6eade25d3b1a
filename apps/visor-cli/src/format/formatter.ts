/** Turns rows (JSON texts as the hub sends them) into what is printed. */
export interface RowFormatter {
  /** @returns the text for these rows, which follow those of the call before */
  rows(rows: readonly string[]): string;
  /**
   * @returns the text for a line to a person that stands between the rows so far and the next; absent where the output is
   * for programs
   */
  readonly note?: (line: string) => string;
  /** @returns what comes after the last row */
  end(): string;
}
