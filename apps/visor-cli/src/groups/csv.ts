import { type Cell } from './metric.js';

function cellText(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @returns a header and a line for each row, as RFC 4180 and the hub have them; null is nothing */
export function csvText(
  names: readonly string[],
  rows: readonly Readonly<Record<string, Cell | undefined>>[],
): string {
  const line = (cells: readonly (Cell | undefined)[]): string => `${cells.map(cellText).join(',')}\r\n`;
  return line(names) + rows.map((row) => line(names.map((name) => row[name]))).join('');
}
