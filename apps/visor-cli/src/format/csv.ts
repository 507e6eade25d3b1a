import { type JsonValue } from '#columns';
import { type RowFormatter } from './formatter.js';
import { parseValues } from './printable.js';
import { rowColumns, type RowColumn } from './row-columns.js';

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Texts in quotes, numbers without; a column that the hub did not send is empty. */
function field(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? quoted(value) : String(value);
}

/** RFC 4180, as the hub answers it: a header first, lines end with CR LF. */
export class CsvFormatter implements RowFormatter {
  readonly #columns: readonly RowColumn[];
  #headed = false;

  /** @param chosen what --columns has @throws CliError `usage` */
  constructor(chosen?: string) {
    this.#columns = rowColumns(chosen);
  }

  rows(rows: readonly string[]): string {
    const lines = rows.map((json) => {
      const row = parseValues(json);
      return `${this.#columns.map(({ name }) => field(row[name])).join(',')}\r\n`;
    });
    return this.#head() + lines.join('');
  }

  end(): string {
    return this.#head();
  }

  #head(): string {
    if (this.#headed) return '';
    this.#headed = true;
    return `${this.#columns.map(({ name }) => quoted(name)).join(',')}\r\n`;
  }
}
