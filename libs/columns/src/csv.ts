import { type JsonValue } from './json.js';

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** A cell of CSV (RFC 4180): texts in quotes, numbers and truth values without, what is not there empty. */
export function csvCell(value: JsonValue | null | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? quoted(value) : String(value);
}

/** @returns a line with its end, CR LF; the names of the columns make the header */
export const csvLine = (cells: readonly (JsonValue | null | undefined)[]): string =>
  `${cells.map(csvCell).join(',')}\r\n`;
