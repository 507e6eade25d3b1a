import {
  agentColumns,
  ColumnBatch,
  StringTable,
  type AgentColumnName,
  type Kind,
  type KindValue,
  type Storage,
  type ValueOf,
} from '#columns';

export type RowValues = { [N in AgentColumnName]: ValueOf<N> };

function put64(data: Uint32Array, row: number, value: bigint): void {
  data[2 * row] = Number(value & 0xffff_ffffn);
  data[2 * row + 1] = Number(value >> 32n);
}
function put(data: Uint8Array | Uint16Array | Uint32Array, row: number, value: number): void {
  data[row] = value;
}
function putText(data: Int32Array, row: number, value: string, strings: StringTable): void {
  data[row] = strings.id(value);
}

const write = {
  timestamp: (data, row, value) => put64(data, row, BigInt(value)),
  u8: put,
  u16: put,
  u32: put,
  u64: put64,
  bool: (data, row, value) => put(data, row, value ? 1 : 0),
  name: putText,
  enum: putText,
  ip: (data, row, value) => data.set(value, 16 * row),
  mac: put64,
  flags: put,
} satisfies {
  [K in Kind]: (data: Storage[K], row: number, value: KindValue[K], strings: StringTable) => void;
};

/** Writes the given values of row `row`; the others stay as they are. */
export function putRow(batch: ColumnBatch, row: number, values: Partial<RowValues>): void {
  for (const [name, value] of Object.entries(values)) {
    const column = agentColumns.find((c) => c.name === name);
    if (!column) throw new Error(`agents have no column ${name}`);
    const writer = write[column.kind] as (d: unknown, r: number, v: unknown, s: StringTable) => void;
    writer(batch.data[column.name], row, value, batch.strings);
  }
}

/** A batch of such rows; what a row leaves out is absent. */
export function batchOf(rows: readonly Partial<RowValues>[], strings = new StringTable()): ColumnBatch {
  const batch = new ColumnBatch(Math.max(rows.length, 1), strings);
  for (const [row, values] of rows.entries()) putRow(batch, row, values);
  batch.rows = rows.length;
  return batch;
}

/** Every value of a row that an agent sends. */
export function rowOf(source: { get(column: AgentColumnName, row: number): unknown }, row: number): unknown {
  return Object.fromEntries(agentColumns.map(({ name }) => [name, source.get(name, row)]));
}
