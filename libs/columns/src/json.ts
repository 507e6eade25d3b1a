import { agentColumns, type AgentColumnName, columns, type ColumnName, type RowSource } from './columns.js';
import { formatIp, formatMac } from './address.js';
import { type ColumnDefinition, type Kind, type KindValue } from './kinds.js';

/** @returns the names of the set bits joined by `,`; a bit without a name as its number (`0x100`) */
export function formatFlags(mask: number, bits: readonly string[]): string {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    if ((mask >>> bit) & 1) names.push(bits[bit] || `0x${(2 ** bit).toString(16)}`);
  }
  return names.join(',');
}

/** @returns RFC 3339 in UTC with microseconds, as ClickHouse's iso output has it */
export function formatTimestamp(us: number): string {
  const seconds = Math.floor(us / 1e6);
  const fraction = String(us - seconds * 1e6).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

export type JsonValue = string | number | boolean;

/** A row as the API, the live stream and `-o jsonl` show it: every column, by name, in the table's order. */
export type JsonRow = Record<ColumnName, JsonValue>;

/** The same of the columns that agents send. */
export type AgentJsonRow = Record<AgentColumnName, JsonValue>;

const same = <T>(value: T): T => value;

const toJson = {
  timestamp: formatTimestamp,
  u8: same,
  u16: same,
  u32: same,
  u64: (v) => v.toString(),
  bool: same,
  name: same,
  enum: same,
  ip: (v) => formatIp(v),
  mac: formatMac,
  flags: (v, column) => formatFlags(v, column.bits ?? []),
} satisfies { [K in Kind]: (value: KindValue[K], column: ColumnDefinition) => JsonValue };

type ToJson = (value: unknown, column: ColumnDefinition) => JsonValue;

/** @returns one cell in the form of the API */
export function jsonCell<N extends ColumnName>(
  source: RowSource,
  column: ColumnDefinition & { name: N },
  row: number,
): JsonValue {
  return (toJson[column.kind] as ToJson)(source.get(column.name, row), column);
}

/** @returns row `row` of `source` in the form of the API */
export function jsonRow(source: RowSource, row: number): JsonRow {
  const out: Partial<JsonRow> = {};
  for (const column of columns) out[column.name] = jsonCell(source, column, row);
  return out as JsonRow;
}

/** @returns row `row` of `source` in the form of the API, as its agent knows it: without what only the hub adds */
export function agentJsonRow(source: RowSource, row: number): AgentJsonRow {
  const out: Partial<AgentJsonRow> = {};
  for (const column of agentColumns) out[column.name] = jsonCell(source, column, row);
  return out as AgentJsonRow;
}
