import { findColumn, type ColumnName, type Kind } from '#columns';
import { and, compare, equal, toSql, type Filter } from '#filter';
import { byTime } from './columns.js';
import { type Statement } from './engine.js';
import { afterRow, type RowKey } from './row-key.js';

/** How a kind's values come in ClickHouse's JSON so that nothing of them is lost; numbers beyond 2^53 and addresses as text. */
const plain: Record<Kind, (column: string) => string> = {
  timestamp: (column) => `toUnixTimestamp64Micro(${column})`,
  u8: (column) => column,
  u16: (column) => column,
  u32: (column) => column,
  u64: (column) => `toString(${column})`,
  bool: (column) => column,
  name: (column) => column,
  enum: (column) => column,
  ip: (column) => `toString(${column})`,
  mac: (column) => `toString(${column})`,
  flags: (column) => column,
};

export interface ValueQuery {
  /** One at least. */
  readonly columns: readonly ColumnName[];
  readonly decisive: boolean;
  readonly filter: Filter | undefined;
  /** µs; rows from here on, and before there. */
  readonly sinceUs: number;
  readonly untilUs: number;
  /** Only rows after this one. */
  readonly after: RowKey | undefined;
  /** The first so many. */
  readonly first: number;
}

/** A row as it comes: `c0`, `c1`, `c2` are its time, packet and hop, those after them the columns in their order. */
export type ValueRecord = Readonly<Record<string, unknown>> & {
  /** µs */
  readonly c0: number;
  readonly c1: string;
  readonly c2: number;
};

/** @returns the name that a column's value has in a record */
export const valueName = (at: number): string => `c${at + 3}`;

/** @returns the statement for some columns of rows (ValueRecord), in the order of time */
export function selectValues(query: ValueQuery): Statement {
  const { columns, decisive, filter, sinceUs, untilUs, after, first } = query;
  const conditions: Filter[] = [compare('ts', '>=', sinceUs), compare('ts', '<', untilUs)];
  if (decisive) conditions.push(equal('decisive', true));
  if (after) conditions.push(afterRow(after));
  if (filter) conditions.push(filter);
  const where = toSql(and(conditions));
  const names = [...new Set<ColumnName>(['ts', 'packet_id', 'hop', ...columns])];
  const value = (name: ColumnName): string => plain[findColumn(name)?.kind ?? 'name'](`t.\`${name}\``);
  const key = [value('ts'), value('packet_id'), value('hop')];
  const list = [...key, ...columns.map(value)].map((sql, at) => `${sql} AS c${at}`);
  const sql = `SELECT ${list.join(', ')}
FROM (
  SELECT ${names.map((name) => `\`${name}\``).join(', ')}
  FROM traces
  WHERE ${where.sql}
  ORDER BY ${byTime('ASC')}
  LIMIT {first:UInt64}
) AS t
ORDER BY t.ts, t.packet_id, t.hop
SETTINGS output_format_json_quote_64bit_integers = 0`;
  return { sql, params: { ...where.params, first } };
}
