import { columns, rollupColumns, type ColumnDefinition } from '#columns';
import { everywhere, localTable } from './cluster.js';
import { columnSql } from './columns.js';
import { type Engine } from './engine.js';
import { readRows } from './rows.js';

/**
 * Adds what libs/columns has and the tables of an earlier Visor do not: their rows so far have the type's default, which
 * is absent.
 */
export async function addColumns(engine: Engine, cluster: string | undefined): Promise<void> {
  for (const [column, place] of await missing(engine, 'traces', columns, 'FIRST'))
    await add(engine, 'traces', `${columnSql(column)} ${place}`, cluster);
  for (const [column, place] of await missing(engine, 'flows_1m', rollupColumns, 'AFTER `minute`')) {
    // A group is told apart by all of its columns. A new one may join the sort key in the statement that makes it, at its end.
    const key = await keyWith(engine, localTable('flows_1m', cluster), column.name);
    await add(engine, 'flows_1m', `${columnSql(column)} ${place}`, cluster, `, MODIFY ORDER BY (${key})`);
  }
}

/** @returns the columns that the table lacks, each with its place */
async function missing(
  engine: Engine,
  table: 'traces' | 'flows_1m',
  wanted: readonly ColumnDefinition[],
  first: string,
): Promise<(readonly [ColumnDefinition, string])[]> {
  const sql = `SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '${table}'`;
  const present = new Set((await readRows<{ name: string }>(engine, { sql })).map(({ name }) => name));
  if (present.size === 0) return [];
  return wanted
    .map((column, at) => [column, at === 0 ? first : `AFTER \`${wanted[at - 1]?.name}\``] as const)
    .filter(([{ name }]) => !present.has(name));
}

/** @param key what is done to the table that holds the rows in the same statement */
async function add(
  engine: Engine,
  table: 'traces' | 'flows_1m',
  column: string,
  cluster: string | undefined,
  key = '',
): Promise<void> {
  const local = everywhere(table, cluster);
  await engine.run({ sql: `ALTER TABLE ${local} ADD COLUMN IF NOT EXISTS ${column}${key}` });
  if (cluster === undefined) return;
  // The table over those of the shards last: it says what is there.
  const over = local.replace(localTable(table, cluster), table);
  await engine.run({ sql: `ALTER TABLE ${over} ADD COLUMN IF NOT EXISTS ${column}` });
}

/** @returns the table's sort key, which ends with the column from now on, unless it has it already */
async function keyWith(engine: Engine, table: string, column: string): Promise<string> {
  const sql = `SELECT sorting_key AS key FROM system.tables WHERE database = currentDatabase() AND name = '${table}'`;
  const [{ key } = { key: '' }] = await readRows<{ key: string }>(engine, { sql });
  const names = key.split(', ').map((name) => name.replaceAll('`', ''));
  return names.includes(column) ? key : `${key}, \`${column}\``;
}
