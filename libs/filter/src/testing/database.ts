import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { createChdbConnection } from 'chdb/connection';
import { columns, formatTimestamp, type Kind } from '#columns';
import { type SqlCondition } from '../index.js';
import { type RowValues } from './rows.js';

const types = {
  timestamp: "DateTime64(6, 'UTC')",
  u8: 'UInt8',
  u16: 'UInt16',
  u32: 'UInt32',
  u64: 'UInt64',
  bool: 'Bool',
  name: 'LowCardinality(String)',
  enum: 'LowCardinality(String)',
  ip: 'IPv6',
  mac: 'UInt64',
  flags: 'UInt32',
} satisfies Record<Kind, string>;

const text = {
  timestamp: (us: number) => formatTimestamp(us).replace('T', ' ').replace('Z', ''),
  u8: Number,
  u16: Number,
  u32: Number,
  u64: String,
  bool: Boolean,
  name: String,
  enum: String,
  ip: (bytes: Uint8Array) =>
    Array.from({ length: 8 }, (_, i) =>
      ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
    ).join(':'),
  mac: String,
  flags: Number,
} satisfies Record<Kind, unknown>;

/** A real ClickHouse engine with every column in one table, whose rows are known by number. */
export class TestDatabase {
  readonly #client: ClickHouseClient = createClient({
    // The client's public options do not declare `connection`.
    connection: createChdbConnection({ path: ':memory:' }),
  } as never);

  async load(rows: readonly RowValues[]): Promise<void> {
    const list = columns.map((column) => `\`${column.name}\` ${types[column.kind]}`).join(', ');
    await this.#client.command({ query: `CREATE TABLE t (n UInt32, ${list}) ENGINE = Memory` });
    const values = rows.map((row, n) => ({
      n,
      ...Object.fromEntries(
        columns.map((c) => [c.name, (text[c.kind] as (value: unknown) => unknown)(row[c.name])]),
      ),
    }));
    await this.#client.insert({ table: 't', values, format: 'JSONEachRow' });
  }

  /** @returns the numbers of the rows that match, in their order */
  async matching({ sql, params }: SqlCondition): Promise<number[]> {
    const query = `SELECT n FROM t WHERE ${sql} ORDER BY n`;
    const result = await this.#client.query({ query, query_params: params, format: 'JSONEachRow' });
    return (await result.json<{ n: number }>()).map((row) => row.n);
  }

  /** @returns an expression's value, as text */
  async evaluate(expression: string, params: SqlCondition['params']): Promise<string> {
    const query = `SELECT toString(${expression}) AS v`;
    const result = await this.#client.query({ query, query_params: params, format: 'JSONEachRow' });
    return (await result.json<{ v: string }>())[0]?.v ?? '';
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}
