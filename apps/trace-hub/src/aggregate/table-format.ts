import { csvLine } from '#columns';
import { accepted } from '../http/accept.js';

/** The forms of an answer that is a table: `json` a document, `jsonl` a row a line, `csv` (RFC 4180) with a header. */
export const tableFormats = ['json', 'jsonl', 'csv'] as const;
export type TableFormat = (typeof tableFormats)[number];

const types: Readonly<Record<string, TableFormat>> = {
  'application/json': 'json',
  'application/x-ndjson': 'jsonl',
  'application/jsonl': 'jsonl',
  'text/csv': 'csv',
};

export const tableTypes = {
  json: 'application/json; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
} satisfies Record<TableFormat, string>;

/** @returns the form that an Accept header wants most; JSON when it wants none of them */
export const acceptedTable = (accept: string | undefined): TableFormat => accepted(accept, types) ?? 'json';

export type Cell = string | number | boolean | null;

/** A table: the names of its columns, and rows that have a cell of each. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

/** @returns the answer's text: of JSON the document, else the table alone */
export function formatTable(format: TableFormat, table: Table, document: object): string {
  if (format === 'json') return JSON.stringify(document);
  if (format === 'jsonl') return table.rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  return (
    csvLine(table.columns) + table.rows.map((row) => csvLine(table.columns.map((name) => row[name]))).join('')
  );
}
