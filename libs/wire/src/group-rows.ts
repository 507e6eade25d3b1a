import { type ColumnName, findColumn, type Kind } from '#columns';
import { type DecodedBatch } from './decode.js';
import { type ColumnBytes } from './values.js';

/** Rows of a batch, put together where some of their columns have the same values. */
export interface RowGroups {
  /** For each of the rows asked for, in their order, the number of its group */
  readonly of: Uint32Array;
  /** For each group the first of its rows, as a row of the batch */
  readonly first: readonly number[];
}

/** 32-bit parts of a column's values: that of row `r` and part `p` stands at `stride * r + p`. */
interface Words {
  readonly values: ArrayLike<number>;
  readonly stride: number;
}

const view32 = ({ values, rows }: ColumnBytes, stride: number): Words => ({
  values: new Uint32Array(values.buffer, values.byteOffset, stride * rows),
  stride,
});
const one = (column: ColumnBytes): Words => view32(column, 1);
const two = (column: ColumnBytes): Words => view32(column, 2);

const words = {
  timestamp: two,
  u8: ({ values }) => ({ values, stride: 1 }),
  u16: ({ values, rows }) => ({ values: new Uint16Array(values.buffer, values.byteOffset, rows), stride: 1 }),
  u32: one,
  u64: two,
  bool: ({ values, rows }) => ({
    values: Uint8Array.from({ length: rows }, (_, row) => ((values[row >> 3] ?? 0) >> (row & 7)) & 1),
    stride: 1,
  }),
  // A dictionary has each text once.
  name: one,
  enum: one,
  ip: (column) => view32(column, 4),
  mac: two,
  flags: one,
} satisfies Record<Kind, (column: ColumnBytes) => Words>;

/**
 * Groups rows by what lies in their columns, without making a value of any.
 * @param rows rows of the batch @param columns those that the batch lacks tell nothing apart
 */
export function groupRows(batch: DecodedBatch, columns: readonly ColumnName[], rows: Uint32Array): RowGroups {
  const of = new Uint32Array(rows.length);
  let first: readonly number[] = rows.length > 0 ? [rows[0] as number] : [];
  for (const name of columns) {
    const column = batch.column(name);
    // one text for all
    if (!column || column.strings?.texts.length === 1) continue;
    const { values, stride } = words[findColumn(name)?.kind as Kind](column);
    for (let part = 0; part < stride; part++) first = divide(of, rows, values, stride, part);
  }
  return { of, first };
}

/** Divides each group by one more word. @returns the groups' first rows */
function divide(
  of: Uint32Array,
  rows: Uint32Array,
  values: ArrayLike<number>,
  stride: number,
  part: number,
): number[] {
  const groups = new Map<number, number>();
  const first: number[] = [];
  let lastKey = -1;
  let lastGroup = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    // exact: there are fewer than 2^21 groups in a batch
    const key = (of[i] as number) * 2 ** 32 + (values[stride * row + part] as number);
    if (key !== lastKey) {
      let group = groups.get(key);
      if (group === undefined) {
        group = first.length;
        groups.set(key, group);
        first.push(row);
      }
      lastKey = key;
      lastGroup = group;
    }
    of[i] = lastGroup;
  }
  return first;
}

/** @returns the rows of a batch that decided their packets' fates, one a packet */
export function decisiveRows(batch: DecodedBatch): Uint32Array {
  const bits = batch.bytesOf('decisive');
  const rows = new Uint32Array(batch.rows);
  let count = 0;
  for (let row = 0; bits && row < batch.rows; row++) {
    if ((((bits[row >> 3] as number) >> (row & 7)) & 1) === 1) rows[count++] = row;
  }
  return rows.subarray(0, count);
}
