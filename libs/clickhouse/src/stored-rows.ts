import { type ColumnDefinition, type ColumnName } from '#columns';
import { type Engine, type Statement, type StoredColumns, type WholeResult } from './engine.js';
import { StoreError } from './errors.js';
import { keyOfRow, type RowKey } from './row-key.js';
import { csvHeader, type RowText, RowTextWriter } from './row-text.js';

const format = 'JSONCompactEachRow';
const empty: Uint8Array = new Uint8Array(0);

const headOf = (columns: readonly ColumnDefinition[], form: RowText): Uint8Array =>
  form === 'csv' ? csvHeader(columns) : empty;

/** Rows in the form of the API, while ClickHouse reads them; see Engine.read. */
export async function* readStored(
  engine: Engine,
  statement: Statement,
  stored: StoredColumns,
  form: RowText,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (stored.turned) {
    const { bytes } = await readStoredWhole(engine, statement, stored, form, signal);
    if (bytes.length > 0) yield bytes;
    return;
  }
  const writer = new RowTextWriter(stored.columns, form);
  if (form === 'csv') yield headOf(stored.columns, form);
  for await (const chunk of engine.read(statement, { format, signal })) yield writer.write(chunk).bytes;
}

/** Rows that are read and not yet in the form of the API: another query can run while they get it. */
export interface StoredRows {
  readonly rows: number;
  /** Of these the last in the order of time. */
  readonly last: RowKey | undefined;
  /** Makes their text, once; CSV has its header. @throws StoreError where they are not the columns that were asked for */
  readonly text: () => Uint8Array;
}

/** Rows in the form of the API; see Engine.readWhole. */
export async function readStoredWhole(
  engine: Engine,
  statement: Statement,
  stored: StoredColumns,
  form: RowText,
  signal: AbortSignal | undefined,
): Promise<WholeResult> {
  const result = await engine.readWhole(statement, { format, signal });
  const { rows, last, text } = rowsOf(result, stored, form);
  return { ...result, bytes: text(), found: { rows, last } };
}

/** @throws StoreError for a statement of other columns than stored ones */
export async function readStoredRows(
  engine: Engine,
  statement: Statement,
  form: RowText,
  signal: AbortSignal | undefined,
): Promise<StoredRows> {
  const { stored } = statement;
  if (!stored)
    throw new StoreError('read', 'failed', 'The statement names no stored columns: use queryWhole.');
  return rowsOf(await engine.readWhole(statement, { format, signal }), stored, form);
}

function rowsOf({ bytes }: WholeResult, { columns, turned }: StoredColumns, form: RowText): StoredRows {
  return {
    rows: countLines(bytes),
    last: lastKey(columns, bytes, turned),
    text: () => new RowTextWriter(columns, form).write(bytes, turned, headOf(columns, form)).bytes,
  };
}

function countLines(lines: Uint8Array): number {
  let count = 0;
  for (let at = lines.indexOf(lineFeed); at >= 0; at = lines.indexOf(lineFeed, at + 1)) count++;
  return count;
}

const lineFeed = 0x0a;

/** @returns the key of the last row in the order of time */
function lastKey(
  columns: readonly ColumnDefinition[],
  lines: Uint8Array,
  turned: boolean,
): RowKey | undefined {
  if (lines.length === 0) return undefined;
  const from = turned ? 0 : lines.lastIndexOf(lineFeed, lines.length - 2) + 1;
  const line = Buffer.from(lines.subarray(from, lines.indexOf(lineFeed, from))).toString();
  const cells = JSON.parse(line) as readonly unknown[];
  const cell = (name: ColumnName): string =>
    String(cells[columns.findIndex((column) => column.name === name)]);
  return keyOfRow({ ts: cell('ts'), packet_id: cell('packet_id'), hop: Number(cell('hop')) });
}
