import { Field, makeData, Schema, Utf8, Vector, type Data } from 'apache-arrow';
import { findColumn, type Kind } from '#columns';
import { type DecodedBatch } from './decode.js';
import { writeStream } from './encode.js';
import { arrowTypes, valueBytes } from './types.js';
import { type ColumnBytes, type Strings } from './values.js';

function dictionaryOf({ texts, offsets, data }: Strings): Vector<Utf8> {
  const length = texts.length;
  return new Vector([makeData({ type: new Utf8(), length, nullCount: 0, valueOffsets: offsets, data })]);
}

function dataOf({ name, rows, values, strings }: ColumnBytes, id: number): Data {
  const kind = findColumn(name)?.kind as Kind;
  return makeData({
    type: arrowTypes[kind].create(id),
    length: rows,
    nullCount: 0,
    data: values.subarray(0, valueBytes(kind, rows)),
    ...(strings && { dictionary: dictionaryOf(strings) }),
  } as never);
}

/**
 * Writes a batch again, with what `with` has added. No value is read: each column's buffer is copied as it lies.
 * @returns an Arrow IPC stream of its columns, for ClickHouse; decodeBatch takes only those of agents
 */
export function rewriteBatch(batch: DecodedBatch): Uint8Array {
  const children = batch.columns.map(dataOf);
  const fields = batch.columns.map(({ name }, i) => new Field(name, (children[i] as Data).type, false));
  return writeStream(new Schema(fields), children, batch.rows);
}
