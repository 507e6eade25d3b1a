import { type ColumnName, type Kind, type KindValue } from '#columns';
import { malformed } from './errors.js';
import { utf8 } from './flatbuffer.js';
import { type BatchInfo, type BufferRange } from './message.js';

/** A column of a decoded batch: its value by row. */
export type ReadValue<V> = (row: number) => V;

/** The strings of a dictionary, and the buffers of Arrow that they are read from. */
export interface Strings {
  readonly texts: readonly string[];
  /** Where each text starts in `data`, and where the last one ends */
  readonly offsets: Int32Array;
  /** UTF-8 */
  readonly data: Uint8Array;
}

/** A column in Arrow's layout: `values` holds at least the bytes of `rows` values and is aligned to 8. */
export interface ColumnBytes {
  readonly name: ColumnName;
  readonly rows: number;
  readonly values: Uint8Array;
  /** Of a dictionary column. */
  readonly strings?: Strings | undefined;
}

/**
 * 2100-01-01T00:00:00Z. ClickHouse's DateTime ends in 2106, and by it rows expire: the time of a later row and the days
 * that it is kept come round to 1970, so that it would be stored and gone.
 */
const END_OF_TIME_US = 47_482n * 86_400_000_000n;
/** Its upper and lower half: a BigInt a row would cost more than all the rest of a batch. */
const END_HIGH = Number(END_OF_TIME_US >> 32n);
const END_LOW = Number(END_OF_TIME_US & 0xffff_ffffn);

/** @returns 64-bit values as halves: the lower one of row `i` at `2 * i`, the upper one after it */
export const halves64 = ({ values, rows }: ColumnBytes): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, 2 * rows);

const words64 = ({ values, rows }: ColumnBytes): BigUint64Array =>
  new BigUint64Array(values.buffer, values.byteOffset, rows);

function timestamps(column: ColumnBytes): ReadValue<number> {
  const words = words64(column);
  const halves = halves64(column);
  for (let at = 1; at < halves.length; at += 2) {
    const high = halves[at] as number;
    if (high > END_HIGH || (high === END_HIGH && (halves[at - 1] as number) >= END_LOW))
      throw malformed(`${column.name} has a time outside of 1970 … 2099`);
  }
  return (row) => Number(words[row]);
}

function strings({ name, rows, values, strings }: ColumnBytes): ReadValue<string> {
  const texts = strings?.texts ?? [];
  const indices = new Int32Array(values.buffer, values.byteOffset, rows);
  const size = texts.length;
  for (let row = 0; row < rows; row++) {
    const index = indices[row] as number;
    if (index < 0 || index >= size) throw malformed(`${name} refers to string ${index} of ${size}`);
  }
  return (row) => texts[indices[row] as number] ?? '';
}

function u64(column: ColumnBytes): ReadValue<bigint> {
  const words = words64(column);
  return (row) => words[row] ?? 0n;
}

function macs(column: ColumnBytes): ReadValue<bigint> {
  const words = words64(column);
  const halves = halves64(column);
  for (let at = 1; at < halves.length; at += 2) {
    if ((halves[at] as number) > 0xffff)
      throw malformed(`${column.name} has an address of more than 48 bits`);
  }
  return (row) => words[row] ?? 0n;
}

function u32({ values, rows }: ColumnBytes): ReadValue<number> {
  const words = new Uint32Array(values.buffer, values.byteOffset, rows);
  return (row) => words[row] ?? 0;
}

function u16({ values, rows }: ColumnBytes): ReadValue<number> {
  const words = new Uint16Array(values.buffer, values.byteOffset, rows);
  return (row) => words[row] ?? 0;
}

export const readers = {
  timestamp: timestamps,
  u8:
    ({ values }) =>
    (row) =>
      values[row] ?? 0,
  u16,
  u32,
  u64,
  bool:
    ({ values }) =>
    (row) =>
      (((values[row >> 3] ?? 0) >> (row & 7)) & 1) === 1,
  name: strings,
  enum: strings,
  ip:
    ({ values }) =>
    (row) =>
      values.subarray(16 * row, 16 * row + 16),
  mac: macs,
  flags: u32,
} satisfies { [K in Kind]: (column: ColumnBytes) => ReadValue<KindValue[K]> };

/** @returns the values buffer of the batch's column number `i`, of which `bytes` are needed */
export function valuesOf(batch: BatchInfo, i: number, name: string, bytes: number): Uint8Array {
  const [rows, nulls] = batch.nodes[i] ?? [0, 0];
  if (rows !== batch.rows) throw malformed(`${name} has ${rows} rows, the batch claims ${batch.rows}`);
  if (nulls !== 0) throw malformed(`${name} has nulls`);
  return bytesOf(batch, batch.buffers[2 * i + 1], name, bytes);
}

function bytesOf(batch: BatchInfo, range: BufferRange | undefined, name: string, bytes: number): Uint8Array {
  if (!range || range.length < bytes) {
    throw malformed(`${name} needs ${bytes} bytes for its rows and has ${range?.length ?? 0}`);
  }
  return batch.body.subarray(range.offset, range.offset + range.length);
}

/** @returns the strings of a dictionary message */
export function readStrings(batch: BatchInfo): Strings {
  const [rows, nulls] = batch.nodes[0] ?? [0, 0];
  if (batch.nodes.length !== 1 || batch.buffers.length !== 3 || rows !== batch.rows || nulls !== 0) {
    throw malformed('a dictionary is not one column of strings without nulls');
  }
  if (rows === 0) return stringsOf([]);
  const name = 'a dictionary';
  const offsetBytes = bytesOf(batch, batch.buffers[1], name, 4 * (rows + 1));
  const offsets = new Int32Array(offsetBytes.buffer, offsetBytes.byteOffset, rows + 1);
  const data = bytesOf(batch, batch.buffers[2], name, 0);
  const texts = Array.from({ length: rows }, (_, i) => {
    const [start, end] = [offsets[i] as number, offsets[i + 1] as number];
    if (start < 0 || end < start || end > data.length) {
      throw malformed(`a dictionary has a string from byte ${start} to ${end} of ${data.length}`);
    }
    return utf8(data.subarray(start, end));
  });
  // ClickHouse refuses such a dictionary.
  if (new Set(texts).size !== rows) throw malformed('a dictionary has a string twice');
  return { texts, offsets, data };
}

/** @returns the strings in Arrow's layout; each is there once */
export function stringsOf(texts: readonly string[]): Strings {
  const encoded = texts.map((text) => Buffer.from(text));
  const offsets = new Int32Array(texts.length + 1);
  for (const [i, { length }] of encoded.entries()) offsets[i + 1] = (offsets[i] as number) + length;
  return { texts, offsets, data: Buffer.concat(encoded) };
}
