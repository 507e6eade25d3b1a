import { columns, type ColumnDefinition, type Kind } from '#columns';
import { and, compare, equal, toSql, type Filter } from '#filter';
import { byTime, columnList, quote } from './columns.js';
import { type Statement } from './engine.js';

const same = (column: string): string => column;

/** As formatIp has it. ClickHouse writes `::1.2.3.4` (RFC 4291 §2.5.5.1, deprecated) where RFC 5952 has `::102:304`. */
function ipSql(column: string): string {
  const dotted = `position(toString(${column}), '.') > 0`;
  const compatible = `toUInt32(toIPv4OrDefault(substring(toString(${column}), 3)))`;
  return `multiIf(
    ${column} = toIPv6('::'), '',
    startsWith(toString(${column}), '::ffff:') AND ${dotted}, substring(toString(${column}), 8),
    ${dotted}, printf('::%x:%x', bitShiftRight(${compatible}, 16), bitAnd(${compatible}, 65535)),
    toString(${column}))`;
}

function flagsSql(column: string, { bits = [] }: ColumnDefinition): string {
  const names = Array.from({ length: 32 }, (_, bit) => quote(bits[bit] || `0x${(2 ** bit).toString(16)}`));
  return `arrayStringConcat(arrayMap(bit -> [${names.join(', ')}][bit + 1], bitPositionsToArray(${column})), ',')`;
}

/** What makes of each kind the JSON value of libs/columns/src/json.ts. */
const expressions = {
  timestamp: (column) => `formatDateTime(${column}, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC')`,
  u8: same,
  u16: same,
  u32: same,
  u64: (column) => `toString(${column})`,
  bool: same,
  name: same,
  enum: same,
  ip: ipSql,
  mac: (column) => `if(${column} = 0, '', lower(MACNumToString(${column})))`,
  flags: flagsSql,
} satisfies Record<Kind, (column: string, definition: ColumnDefinition) => string>;

/** @returns what makes of an expression of the column's type the value that JSON has */
export function jsonSql(column: ColumnDefinition, sql: string): string {
  const expression: (name: string, definition: ColumnDefinition) => string = expressions[column.kind];
  return expression(sql, column);
}

export const selectList = columns
  .map((column) => `${jsonSql(column, `t.\`${column.name}\``)} AS \`${column.name}\``)
  .join(',\n  ');

export interface RowQuery {
  /** Whether only the hop that decided each packet's fate; else all hops. */
  readonly decisive: boolean;
  readonly filter?: Filter | undefined;
  /** µs; rows from here on. */
  readonly sinceUs?: number | undefined;
  /** µs; rows before here. */
  readonly untilUs?: number | undefined;
  /** The oldest or the newest so many rows. */
  readonly take: { readonly first: number } | { readonly last: number };
}

/**
 * @returns the statement for rows in the form of the API, always in the order of time. Rows are chosen inside: outside,
 * a column's name means its JSON form.
 */
export function selectRows({ decisive, filter, sinceUs, untilUs, take }: RowQuery): Statement {
  const conditions: Filter[] = [];
  if (sinceUs !== undefined) conditions.push(compare('ts', '>=', sinceUs));
  if (untilUs !== undefined) conditions.push(compare('ts', '<', untilUs));
  if (decisive) conditions.push(equal('decisive', true));
  if (filter) conditions.push(filter);
  const where = toSql(and(conditions));
  const order = 'first' in take ? 'ASC' : 'DESC';
  const limit = 'first' in take ? take.first : take.last;
  const sql = `SELECT
  ${selectList}
FROM (
  SELECT ${columnList}
  FROM traces
  WHERE ${where.sql}
  ORDER BY ${byTime(order)}
  LIMIT {take:UInt64}
) AS t
ORDER BY t.ts, t.packet_id, t.hop
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0`;
  return { sql, params: { ...where.params, take: limit } };
}
