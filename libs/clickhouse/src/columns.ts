import { columns, type ColumnDefinition, type Kind } from '#columns';

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
  timestamp: { type: "DateTime64(6, 'UTC')", codec: NEAR },
  u8: { type: 'UInt8', codec: ANY },
  u16: { type: 'UInt16', codec: ANY },
  u32: { type: 'UInt32', codec: ANY },
  u64: { type: 'UInt64', codec: NEAR },
  bool: { type: 'Bool', codec: ANY },
  name: text,
  enum: text,
  ip: { type: 'IPv6', codec: ANY },
  mac: { type: 'UInt64', codec: ANY },
  flags: { type: 'UInt32', codec: ANY },
} satisfies Record<Kind, StoredType>;

/** @returns a string as ClickHouse's SQL writes it; any text is safe in it */
export function quote(value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0');
  return `'${escaped}'`;
}

/** @returns the column in a CREATE TABLE or ADD COLUMN */
export function columnSql({ name, kind, doc }: ColumnDefinition): string {
  const { type, codec } = storedTypes[kind];
  return `\`${name}\` ${type} COMMENT ${quote(doc)} ${codec}`;
}

export const columnList = columns.map(({ name }) => `\`${name}\``).join(', ');

/** The table's structure as `input` and `file` take it. */
export const structure = columns.map(({ name, kind }) => `\`${name}\` ${storedTypes[kind].type}`).join(', ');
