import { columns, type ColumnDefinition, type ColumnName, type Kind } from '#columns';

/** Numbers of neighbouring rows are near each other: their differences compress better than they do. */
const NEAR = 'CODEC(Delta, ZSTD(1))';
const ANY = 'CODEC(ZSTD(1))';

interface StoredType {
  readonly type: string;
  readonly codec: string;
}

const text: StoredType = { type: 'LowCardinality(String)', codec: ANY };

/** How ClickHouse keeps each kind. */
export const storedTypes = {
  timestamp: { type: "DateTime64(6, 'UTC')", codec: ANY },
  u8: { type: 'UInt8', codec: ANY },
  u16: { type: 'UInt16', codec: ANY },
  u32: { type: 'UInt32', codec: ANY },
  u64: { type: 'UInt64', codec: NEAR },
  bool: { type: 'Bool', codec: ANY },
  name: text,
  enum: text,
  ip: { type: 'IPv6', codec: ANY },
  mac: { type: 'UInt64', codec: 'CODEC(T64, ZSTD(1))' },
  flags: { type: 'UInt32', codec: ANY },
} satisfies Record<Kind, StoredType>;

/**
 * Where another codec than the kind's takes less, measured on rows as they are sorted (docs/scaling.md): ids repeat over
 * a packet's or a batch's rows, which ZSTD alone sees; a handle's high half is 0, so that its halves differ like
 * numbers of 32 bits.
 */
const ownCodecs: Partial<Record<ColumnName, string>> = {
  packet_id: ANY,
  batch_id: ANY,
  handle: 'CODEC(Delta(4), ZSTD(1))',
};

/** @returns a string as ClickHouse's SQL writes it; any text is safe in it */
export function quote(value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0');
  return `'${escaped}'`;
}

/** @returns the column in a CREATE TABLE or ADD COLUMN */
export function columnSql({ name, kind, doc }: ColumnDefinition): string {
  const { type, codec: ofKind } = storedTypes[kind];
  const codec = ownCodecs[name as ColumnName] ?? ofKind;
  return `\`${name}\` ${type} COMMENT ${quote(doc)} ${codec}`;
}

/**
 * How rows lie: by second, so that a time range or the newest rows are read from one place; within a second by flow, so
 * that what a flow's packets have in common is next to itself, which takes half the space of rows in the order of time.
 * Reads that want rows by time begin their ORDER BY with the first of these. `ts` itself is not among them: ClickHouse
 * would take a condition on it for one on that column of the key, behind others, and read all.
 */
export const sortKey = ['toStartOfSecond(ts)', 'agent_id', 'ip_src', 'sport', 'packet_id', 'hop'] as const;

/** The rows' order in time, for ORDER BY; ClickHouse reads it off the sort key without sorting all. */
export const byTime = (direction: 'ASC' | 'DESC'): string =>
  [sortKey[0], 'ts', 'packet_id', 'hop'].map((expression) => `${expression} ${direction}`).join(', ');

export const columnList = columns.map(({ name }) => `\`${name}\``).join(', ');

/** The table's structure as `input` and `file` take it. */
export const structure = columns.map(({ name, kind }) => `\`${name}\` ${storedTypes[kind].type}`).join(', ');
