import { type RowFormatter } from './formatter.js';

/** One row a line, byte for byte as the hub sends it. */
export class JsonLinesFormatter implements RowFormatter {
  rows(rows: readonly string[]): string {
    return rows.map((row) => `${row}\n`).join('');
  }

  end(): string {
    return '';
  }
}

/** One array of all rows; it is whole only at the end. */
export class JsonFormatter implements RowFormatter {
  #empty = true;

  rows(rows: readonly string[]): string {
    if (rows.length === 0) return '';
    const start = this.#empty ? '[\n' : ',\n';
    this.#empty = false;
    return start + rows.join(',\n');
  }

  end(): string {
    return this.#empty ? '[]\n' : '\n]\n';
  }
}
