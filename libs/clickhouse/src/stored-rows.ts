import { type ColumnDefinition, type ColumnName } from '#columns';
import { type Engine, type Statement, type StoredColumns, type WholeResult } from './engine.js';
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

/** Rows in the form of the API; see Engine.readWhole. */
export async function readStoredWhole(
  engine: Engine,
  statement: Statement,
  { columns, turned }: StoredColumns,
  form: RowText,
  signal: AbortSignal | undefined,
): Promise<WholeResult> {
  const result = await engine.readWhole(statement, { format, signal });
  const { bytes, rows } = new RowTextWriter(columns, form).write(result.bytes, turned, headOf(columns, form));
  return { ...result, bytes, found: { rows, last: lastKey(columns, result.bytes, turned) } };
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
