import {
  Field,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  type Data,
  type DataType,
} from 'apache-arrow';
import { agentColumns, type ColumnBatch, type Kind, type Storage, type StringTable } from '#columns';
import { DictionaryBuilder } from './dictionary.js';
import { WireError } from './errors.js';
import { arrowTypes } from './types.js';

/**
 * Value of the header `Visor-Schema`: counts up when a column's values get another meaning. A column that a reader does
 * not know it refuses anyway, by its name.
 */
export const schemaVersion = 1;

interface Context {
  readonly rows: number;
  readonly strings: StringTable;
  readonly dictionaries: DictionaryBuilder;
}

/** What a column's Data is made of, without its type. */
type Parts = Record<string, unknown>;

const signed64 = (data: Uint32Array, { rows }: Context): Parts => ({
  data: new BigInt64Array(data.buffer, data.byteOffset, rows),
});
const unsigned64 = (data: Uint32Array, { rows }: Context): Parts => ({
  data: new BigUint64Array(data.buffer, data.byteOffset, rows),
});
const plain = (data: Uint8Array | Uint16Array | Uint32Array, { rows }: Context): Parts => ({
  data: data.subarray(0, rows),
});

function bitmap(data: Uint8Array, { rows }: Context): Parts {
  const bits = new Uint8Array(Math.ceil(rows / 8));
  for (let row = 0; row < rows; row++) {
    if (data[row]) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7));
  }
  return { data: bits };
}

function dense(data: Int32Array, { rows, strings, dictionaries }: Context): Parts {
  const { indices, dictionary } = dictionaries.build(data.subarray(0, rows), strings);
  return { data: indices, dictionary };
}

const encode = {
  timestamp: signed64,
  u8: plain,
  u16: plain,
  u32: plain,
  u64: unsigned64,
  bool: bitmap,
  name: dense,
  enum: dense,
  ip: (data, { rows }) => ({ data: data.subarray(0, 16 * rows) }),
  mac: unsigned64,
  flags: plain,
} satisfies { [K in Kind]: (data: Storage[K], context: Context) => Parts };

const schema = new Schema(
  agentColumns.map((c, id) => new Field(c.name, arrowTypes[c.kind].create(id), false)),
);

/** Encodes batches one after another; keeps its scratch memory between them. */
export class BatchEncoder {
  readonly #dictionaries = new DictionaryBuilder();

  /**
   * @returns one Arrow IPC stream: schema, a dictionary for each string column with only the strings its rows use, one
   * record batch of rows [0, batch.rows). It is a copy in an ArrayBuffer of its own: the batch may be filled again, and
   * the bytes may be transferred to another thread.
   * @throws WireError 'empty' where the batch has no rows
   */
  encode(batch: ColumnBatch): Uint8Array {
    const { rows, strings } = batch;
    if (rows === 0) throw new WireError('encode', 'empty', 'The batch has no rows: send none.');
    const context = { rows, strings, dictionaries: this.#dictionaries };
    const children = agentColumns.map(({ name, kind }, i): Data => {
      const type = schema.fields[i]?.type as DataType;
      const parts = (encode[kind] as (data: unknown, context: Context) => Parts)(batch.data[name], context);
      return makeData({ type, length: rows, nullCount: 0, ...parts } as never);
    });
    return writeStream(schema, children, rows);
  }
}

/** @returns one Arrow IPC stream: schema, dictionaries, one record batch */
export function writeStream(schema: Schema, children: Data[], rows: number): Uint8Array {
  const data = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children });
  return RecordBatchStreamWriter.writeAll([new RecordBatch(schema, data)]).toUint8Array(true);
}

/** A single batch; whoever encodes many keeps a BatchEncoder. */
export function encodeBatch(batch: ColumnBatch): Uint8Array {
  return new BatchEncoder().encode(batch);
}
