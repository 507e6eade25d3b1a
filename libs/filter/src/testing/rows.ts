import { columns, type ColumnName, type Kind, type RowSource, type ValueOf } from '#columns';

export type RowValues = { [N in ColumnName]: ValueOf<N> };

const empty = {
  timestamp: 0,
  u8: 0,
  u16: 0,
  u32: 0,
  u64: 0n,
  bool: false,
  name: '',
  enum: '',
  ip: new Uint8Array(16),
  mac: 0n,
  flags: 0,
} satisfies Record<Kind, unknown>;

/** Rows for tests: columns not given are absent. */
export function rowSource(rows: readonly Partial<RowValues>[]): RowSource {
  const none = Object.fromEntries(columns.map((column) => [column.name, empty[column.kind]]));
  return {
    rows: rows.length,
    get: <N extends ColumnName>(column: N, row: number) =>
      (rows[row]?.[column] ?? none[column]) as ValueOf<N>,
  };
}
