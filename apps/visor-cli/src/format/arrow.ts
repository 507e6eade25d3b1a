import { type JsonRow, type JsonValue, type Kind } from '#columns';
import { parseInstant } from '#filter';
// `import { type … }` would load it at every start.
import type { Data, DataType } from 'apache-arrow';
import { CliError } from '../errors.js';
import { type RowFormatter } from './formatter.js';
import { parseValues } from './printable.js';
import { rowColumns, type RowColumn } from './row-columns.js';

type Arrow = typeof import('apache-arrow');

/** Rows of a record batch, where they need not be printed as they come. */
const BATCH_ROWS = 8192;
/** Marks a message; an int32 with the length of its metadata follows. */
const CONTINUATION = 4;
const PREFIX = 8;
/** The end mark: a message of no length. */
const END = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

interface Cell {
  readonly column: RowColumn;
  readonly value: JsonValue | undefined;
}

function wrong({ column, value }: Cell, wanted: string): CliError {
  const shown = JSON.stringify(value).slice(0, 80);
  return new CliError('row', 'protocol', `a row has ${column.name} ${shown}, which is ${wanted}`);
}

const unsigned =
  (max: number) =>
  (cell: Cell): number => {
    const { value = 0 } = cell;
    if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max) return Number(value);
    throw wrong(cell, `no number from 0 to ${max}`);
  };

function u64(cell: Cell): bigint {
  const text = String(cell.value ?? '0');
  if (/^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n) return BigInt(text);
  throw wrong(cell, 'no number of 64 bits');
}

function microseconds(cell: Cell): bigint {
  try {
    return BigInt(parseInstant(String(cell.value ?? '')));
  } catch {
    throw wrong(cell, 'no time');
  }
}

function text(cell: Cell): string {
  const { value = '' } = cell;
  if (typeof value === 'string') return value;
  throw wrong(cell, 'no text');
}

function bool(cell: Cell): boolean {
  const { value = false } = cell;
  if (typeof value === 'boolean') return value;
  throw wrong(cell, 'neither true nor false');
}

type ToData = (arrow: Arrow, cells: readonly Cell[]) => Data<DataType>;

const utf8: ToData = (arrow, cells) => one(arrow.vectorFromArray(cells.map(text), new arrow.Utf8()));

/** A vector that was made at once has one chunk. */
function one({ data }: { readonly data: readonly Data[] }): Data {
  const [first] = data;
  if (!first) throw new Error('a vector without data');
  return first;
}

const toData = {
  timestamp: (arrow, cells) => {
    const type = new arrow.TimestampMicrosecond('UTC');
    return arrow.makeData({ type, data: BigInt64Array.from(cells, microseconds) });
  },
  u8: (arrow, cells) =>
    arrow.makeData({ type: new arrow.Uint8(), data: Uint8Array.from(cells, unsigned(0xff)) }),
  u16: (arrow, cells) =>
    arrow.makeData({ type: new arrow.Uint16(), data: Uint16Array.from(cells, unsigned(0xffff)) }),
  u32: (arrow, cells) =>
    arrow.makeData({ type: new arrow.Uint32(), data: Uint32Array.from(cells, unsigned(0xffff_ffff)) }),
  u64: (arrow, cells) => arrow.makeData({ type: new arrow.Uint64(), data: BigUint64Array.from(cells, u64) }),
  bool: (arrow, cells) => one(arrow.vectorFromArray(cells.map(bool), new arrow.Bool())),
  name: utf8,
  enum: utf8,
  ip: utf8,
  mac: utf8,
  flags: utf8,
} satisfies Record<Kind, ToData>;

/** @returns an IPC stream of one record batch */
function encode(arrow: Arrow, columns: readonly RowColumn[], rows: readonly Partial<JsonRow>[]): Uint8Array {
  const children = columns.map((column) =>
    toData[column.kind](
      arrow,
      rows.map((row) => ({ column, value: row[column.name] })),
    ),
  );
  const fields = columns.map(({ name }, at) => new arrow.Field(name, children[at]?.type ?? new arrow.Null()));
  const data = arrow.makeData({ type: new arrow.Struct(fields), length: rows.length, children });
  return arrow.tableToIPC(new arrow.Table(new arrow.RecordBatch(new arrow.Schema(fields), data)), 'stream');
}

/** @returns how many bytes the schema takes at an IPC stream's beginning: it has no body */
function schemaLength(stream: Uint8Array): number {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  return PREFIX + view.getInt32(CONTINUATION, true);
}

/** An Arrow IPC stream with the columns' types of the hub's answer: the schema, record batches as rows come, the end. */
export class ArrowFormatter implements RowFormatter {
  readonly #columns: readonly RowColumn[];
  readonly #batchRows: number;
  #held: string[] = [];
  #begun = false;

  /** @param chosen what --columns has @throws CliError `usage` */
  constructor({ chosen, live }: { readonly chosen?: string | undefined; readonly live: boolean }) {
    this.#columns = rowColumns(chosen);
    this.#batchRows = live ? 1 : BATCH_ROWS;
  }

  /** @throws CliError `protocol` for a value that its column cannot hold */
  async rows(rows: readonly string[]): Promise<Uint8Array | string> {
    for (const row of rows) this.#held.push(row);
    return this.#held.length < this.#batchRows ? '' : this.#flush();
  }

  /** A stream without rows has its schema, too. */
  async end(): Promise<Uint8Array> {
    const rest = this.#held.length > 0 || !this.#begun ? await this.#flush() : new Uint8Array(0);
    return Buffer.concat([rest, END]);
  }

  /** Importing the library takes longer than a short command should: it is done once there is something to write. */
  async #flush(): Promise<Uint8Array> {
    const arrow = await import('apache-arrow');
    const rows = this.#held.map(parseValues);
    this.#held = [];
    const stream = encode(arrow, this.#columns, rows);
    const from = this.#begun ? schemaLength(stream) : 0;
    this.#begun = true;
    return stream.subarray(from, stream.length - END.length);
  }
}
