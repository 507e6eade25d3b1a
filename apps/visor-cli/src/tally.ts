/** What a command has shown so far, for the summary of a Ctrl-C. */
export class Tally {
  /** Rows that were printed. */
  rows = 0;
  /** Events that agents lost in the time that was shown. */
  lost = 0;

  /** @param elapsedMs since the start @returns `1234 rows in 12.3 s; 5 events lost` */
  summary(elapsedMs: number): string {
    const rows = `${this.rows} ${this.rows === 1 ? 'row' : 'rows'} in ${(elapsedMs / 1000).toFixed(1)} s`;
    return this.lost === 0 ? rows : `${rows}; ${this.lost} ${this.lost === 1 ? 'event' : 'events'} lost`;
  }
}
