import { columns, type ColumnName, type Kind, type RowSource } from '#columns';
import { type ColumnarSource } from '../coded-column.js';

type Pack = (values: readonly unknown[]) => ArrayBufferView;
const words64 = (values: readonly unknown[]): ArrayBufferView =>
  BigUint64Array.from(values, (value) => BigInt(value as number | bigint));
const words32 = (values: readonly unknown[]): ArrayBufferView => Uint32Array.from(values as number[]);

/** Values as Arrow has them; of texts the numbers. */
const pack = {
  timestamp: words64,
  u8: (values) => Uint8Array.from(values as number[]),
  u16: (values) => Uint16Array.from(values as number[]),
  u32: words32,
  u64: words64,
  bool: (values) => {
    const bits = new Uint8Array((values.length >> 3) + 1);
    values.forEach((value, i) => (bits[i >> 3] = (bits[i >> 3] ?? 0) | (value === true ? 1 << (i & 7) : 0)));
    return bits;
  },
  name: words32,
  enum: words32,
  ip: (values) => Uint8Array.from((values as Uint8Array[]).flatMap((bytes) => [...bytes])),
  mac: words64,
  flags: words32,
} satisfies Record<Kind, Pack>;

/** The same rows with their columns in Arrow's layout, as the hub's batches have them. */
export function rawSource(source: RowSource): ColumnarSource {
  const made = new Map<ColumnName, ReturnType<NonNullable<ColumnarSource['column']>>>();
  const rows = Array.from({ length: source.rows }, (_, row) => row);
  for (const { name, kind } of columns) {
    let values: readonly unknown[] = rows.map((row) => source.get(name, row));
    const texts = kind === 'name' || kind === 'enum' ? [...new Set(values as string[])] : undefined;
    if (texts) values = values.map((text) => texts.indexOf(text as string));
    const { buffer } = pack[kind](values);
    made.set(name, { values: new Uint8Array(buffer), strings: texts && { texts } });
  }
  return {
    rows: source.rows,
    get: (column, row) => source.get(column, row),
    column: (name) => made.get(name),
  };
}
