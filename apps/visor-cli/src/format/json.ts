import { type RowFormatter } from './formatter.js';
import { parseValues } from './printable.js';
import { rowColumns, type RowColumn } from './row-columns.js';

/** Of a row; a column that the hub did not send stays absent. */
function pick(json: string, columns: readonly RowColumn[]): string {
  const row = parseValues(json);
  return JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, row[name]])));
}

/** @returns what is printed of a row: as the hub sends it, byte for byte, unless columns were chosen */
function picker(chosen: string | undefined): (json: string) => string {
  if (chosen === undefined) return (json) => json;
  const columns = rowColumns(chosen);
  return (json) => pick(json, columns);
}

/** One row a line. */
export class JsonLinesFormatter implements RowFormatter {
  readonly #picked: (json: string) => string;

  /** @param chosen what --columns has @throws CliError `usage` */
  constructor(chosen?: string) {
    this.#picked = picker(chosen);
  }

  rows(rows: readonly string[]): string {
    return rows.map((row) => `${this.#picked(row)}\n`).join('');
  }

  end(): string {
    return '';
  }
}

/** One array of all rows; it is whole only at the end. */
export class JsonFormatter implements RowFormatter {
  readonly #picked: (json: string) => string;
  #empty = true;

  /** @param chosen what --columns has @throws CliError `usage` */
  constructor(chosen?: string) {
    this.#picked = picker(chosen);
  }

  rows(rows: readonly string[]): string {
    if (rows.length === 0) return '';
    const start = this.#empty ? '[\n' : ',\n';
    this.#empty = false;
    return start + rows.map(this.#picked).join(',\n');
  }

  end(): string {
    return this.#empty ? '[]\n' : '\n]\n';
  }
}
