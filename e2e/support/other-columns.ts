import { makeData, type RecordBatch, RecordBatchReader, Schema, Field, Uint16 } from 'apache-arrow';
import { writeStream } from '../../libs/wire/src/encode.js';

export interface OtherColumns {
  /** Columns that it must not have. */
  readonly without?: readonly string[];
  /** A column of 16-bit numbers that it has more, the same in every row. */
  readonly more?: Readonly<Record<string, number>>;
}

/** @returns a batch as another version of Visor would have encoded it: the same rows, with other columns */
export function withOtherColumns(bytes: Uint8Array, { without = [], more = {} }: OtherColumns): Uint8Array {
  const [batch] = [...RecordBatchReader.from(bytes)] as RecordBatch[];
  if (!batch) throw new Error('the stream has no record batch');
  const { schema, numRows, data } = batch;
  const kept = [...schema.fields.keys()].filter((at) => !without.includes(schema.fields[at]?.name ?? ''));
  const fields = kept.map((at) => schema.fields[at] as Field);
  const children = kept.map((at) => data.children[at] as (typeof data.children)[number]);
  for (const [name, value] of Object.entries(more)) {
    const type = new Uint16();
    fields.push(new Field(name, type, false));
    children.push(
      makeData({ type, length: numRows, nullCount: 0, data: new Uint16Array(numRows).fill(value) }),
    );
  }
  return writeStream(new Schema(fields), children, numRows);
}
