import { columns, type ColumnDefinition, type Kind } from '#columns';
import { and, compare, equal, toSql, type Filter, type SqlCondition } from '#filter';
import { byTime, columnList, quote } from './columns.js';
import { type Statement, type StoredColumns } from './engine.js';
import { refusedCondition } from './refused.js';

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

/** What makes of each kind the JSON value of libs/columns/src/json.ts, where ClickHouse has to make it. */
export const expressions = {
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

type Expression = (name: string, definition: ColumnDefinition) => string;

/** @returns what makes of an expression of the column's type the value that JSON has */
export function jsonSql(column: ColumnDefinition, sql: string): string {
  const expression: Expression = expressions[column.kind];
  return expression(sql, column);
}

/** What a row's values are: those of the API's JSON, or numbers and times as Arrow has them and the rest as there. */
export type RowForm = 'json' | 'arrow';

const arrowForm: Record<Kind, Expression> = { ...expressions, timestamp: same, u64: same };

/** All columns of a table `t` as an Arrow stream has them. */
const arrowList = columns
  .map((column) => `${arrowForm[column.kind](`t.\`${column.name}\``, column)} AS \`${column.name}\``)
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
  /** `json` unless given. */
  readonly form?: RowForm | undefined;
}

/**
 * @returns which rows, from its keyword on. What the index of refused packets is asked by is worked out for rows that have passed the
 * filter alone: for each row that is read it would take longer than all else.
 */
function chosen({ decisive, filter, sinceUs, untilUs }: Omit<RowQuery, 'take' | 'form'>): SqlCondition {
  const conditions: Filter[] = [];
  if (sinceUs !== undefined) conditions.push(compare('ts', '>=', sinceUs));
  if (untilUs !== undefined) conditions.push(compare('ts', '<', untilUs));
  if (decisive) conditions.push(equal('decisive', true));
  if (filter) conditions.push(filter);
  const where = toSql(and(conditions));
  const refused = refusedCondition(filter);
  if (!refused) return { ...where, sql: `WHERE ${where.sql}` };
  const sql = `PREWHERE ${where.sql} WHERE ${refused.sql}`;
  return { sql, params: { ...where.params, ...refused.params } };
}

/** @returns the statement for rows in the form of the API, always in the order of time */
export function selectRows({ take, form = 'json', ...query }: RowQuery): Statement {
  const where = chosen(query);
  const order = 'first' in take ? 'ASC' : 'DESC';
  const limit = 'first' in take ? take.first : take.last;
  const few = limit <= fewRows;
  // To turn a few rows costs less here than there; more are not held as a whole.
  const turned = 'last' in take && few && form === 'json';
  const rows = `SELECT ${columnList}
FROM traces
${where.sql}
ORDER BY ${byTime(order)}
LIMIT {take:UInt64}`;
  const sql = `${form === 'arrow' || ('last' in take && !turned) ? inTime(rows, form) : rows}
SETTINGS ${few ? `${untilEnough}, ` : ''}${form === 'arrow' ? arrowSettings : storedSettings}`;
  const params = { ...where.params, take: limit };
  return { sql, params, ...(form === 'json' && { stored: { columns, turned } }) };
}

/** Outside of the rows that are chosen a column's name means its form there. */
const inTime = (rows: string, form: RowForm): string => `SELECT
  ${form === 'arrow' ? arrowList : '*'}
FROM (
${rows}
) AS t
ORDER BY t.ts, t.packet_id, t.hop`;

/**
 * Without buffering no part is read to its end before the newest rows are known to be enough; by blocks of a granule each part is
 * read no further than to the one that they are in. A hundred rows lie in many granules, of each of which a block of every column is
 * unpacked: those stay unpacked for whoever asks next.
 */
const untilEnough = 'read_in_order_use_buffering = 0, max_block_size = 8192, use_uncompressed_cache = 1';

/** Of more rows most parts are read far anyhow. */
const fewRows = 10_000;

const arrowSettings = "output_format_arrow_compression_method = 'none'";

/** How ClickHouse writes columns as they are stored: what RowTextWriter reads. */
export const storedSettings = [
  "date_time_output_format = 'iso'",
  'output_format_json_quote_64bit_integers = 1',
  'output_format_json_escape_forward_slashes = 0',
].join(', ');

/** All columns as they are stored, in the order that they come in. */
export const storedColumns: StoredColumns = { columns, turned: false };

/** The farthest of the rows that a query takes, as numbers, and how many they are. */
export interface RowEnd {
  readonly count: number;
  /** µs; 0 where there are no rows. */
  readonly ts: number;
  readonly packet_id: string;
  readonly hop: number;
}

/** @returns the statement for a RowEnd: of the `last` rows their first one, of the `first` their last one */
export function selectRowEnd({ take, form: _, ...query }: RowQuery): Statement {
  const where = chosen(query);
  const order = 'first' in take ? 'ASC' : 'DESC';
  const [limit, end] = 'first' in take ? [take.first, 'max'] : [take.last, 'min'];
  const sql = `SELECT toInt64(n) AS count, toUnixTimestamp64Micro(k.1) AS ts, toString(k.2) AS packet_id, k.3 AS hop
FROM (
  SELECT count() AS n, ${end}((ts, packet_id, hop)) AS k
  FROM (
    SELECT ts, packet_id, hop
    FROM traces
    ${where.sql}
    ORDER BY ${byTime(order)}
    LIMIT {take:UInt64}
  )
)
SETTINGS ${untilEnough}, output_format_json_quote_64bit_integers = 0`;
  return { sql, params: { ...where.params, take: limit } };
}

/** @returns the statement for `{ count }`: how many rows match, counted up to `most` */
export function selectCount({
  most,
  ...query
}: Omit<RowQuery, 'take' | 'form'> & { most: number }): Statement {
  const where = chosen(query);
  const sql = `SELECT toInt64(count()) AS count FROM (SELECT 1 FROM traces ${where.sql} LIMIT {most:UInt64})
SETTINGS output_format_json_quote_64bit_integers = 0`;
  return { sql, params: { ...where.params, most } };
}

/** @returns the statement for the times of the first and last row (`{ first, last }` in µs; 0 without rows) */
export const selectTimes = (): Statement => ({
  sql: `SELECT toUnixTimestamp64Micro(min(ts)) AS first, toUnixTimestamp64Micro(max(ts)) AS last FROM traces
SETTINGS output_format_json_quote_64bit_integers = 0`,
});
