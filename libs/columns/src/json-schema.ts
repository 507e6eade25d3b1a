import { type ColumnDefinition, type Kind } from './kinds.js';

/** The part of a JSON schema that a kind of column needs. */
export interface ValueSchema {
  readonly type: 'string' | 'integer' | 'boolean';
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: string[];
  readonly description?: string;
  readonly pattern?: string;
}

const unsigned = (bits: number) => (): ValueSchema => ({
  type: 'integer',
  minimum: 0,
  maximum: 2 ** bits - 1,
});
const text = (): ValueSchema => ({ type: 'string' });

const schemas = {
  timestamp: () => ({ type: 'string', format: 'date-time' }),
  u8: unsigned(8),
  u16: unsigned(16),
  u32: unsigned(32),
  u64: () => ({ type: 'string', format: 'uint64', pattern: '^[0-9]+$' }),
  bool: () => ({ type: 'boolean' }),
  name: text,
  enum: (column) => ({ type: 'string', enum: ['', ...(column.values ?? [])] }),
  ip: text,
  mac: text,
  flags: text,
} satisfies Record<Kind, (column: ColumnDefinition) => ValueSchema>;

function describe(column: ColumnDefinition): string {
  if (column.list) return `${column.doc}; several names are joined by commas`;
  const bits = column.bits?.filter((bit) => bit !== '') ?? [];
  return bits.length > 0 ? `${column.doc}: ${bits.join(', ')}, joined by commas` : column.doc;
}

/** @returns a cell of a column, as `jsonRow` shows it, as JSON schema */
export function columnSchema(column: ColumnDefinition): ValueSchema {
  const schema = (schemas[column.kind] as (column: ColumnDefinition) => ValueSchema)(column);
  return { ...schema, description: describe(column) };
}
