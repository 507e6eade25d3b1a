import { addColumns } from './add-columns.js';
import { clustered, everywhere, localTable } from './cluster.js';
import {
  createMigrations,
  dailySettings,
  expiring,
  settingsSql,
  smallTableSettings,
  ttlSql,
  type ExpiringTable,
  type TableOptions,
} from './ddl.js';
import { type Engine } from './engine.js';
import { StoreError } from './errors.js';
import { storeFailure } from './failure.js';
import { migrations, type Migration } from './migrations.js';
import { readRows } from './rows.js';

/**
 * Brings the database to the newest version known. Safe to run again at any time, also after a crash within.
 *
 * @throws StoreError 'newer_schema' where a later Visor was here before
 */
export async function migrate(
  engine: Engine,
  options: TableOptions,
  known: readonly Migration[] = migrations,
): Promise<void> {
  try {
    // Where all is there nothing is made: then a user who may not make tables will do.
    if (!(await exists(engine, 'schema_migrations')))
      for (const sql of clustered(createMigrations(options), options.cluster)) await engine.run({ sql });
    const applied = await appliedVersion(engine);
    const newest = known.at(-1)?.version ?? 0;
    if (applied > newest) throw newerSchema(engine.place, applied, newest);
    for (const migration of known) {
      if (migration.version > applied) await apply(engine, migration, options);
    }
    await addColumns(engine, options.cluster);
    for (const table of ['traces', 'flows_1m'] as const)
      await keepAs(engine, table, { ...options, settings: dailySettings(table, options) });
    const small = { ...options, settings: smallTableSettings(options.settings) };
    for (const table of smallTables) await keepAs(engine, table, small);
  } catch (cause) {
    throw storeFailure('migrate', engine.place, cause);
  }
}

async function exists(engine: Engine, table: string): Promise<boolean> {
  const sql = `SELECT name FROM system.tables WHERE database = currentDatabase() AND name = '${table}'`;
  return (await readRows(engine, { sql })).length > 0;
}

async function appliedVersion(engine: Engine): Promise<number> {
  const sql = 'SELECT max(version) AS version FROM schema_migrations';
  const [row] = await readRows<{ version: number }>(engine, { sql });
  return row?.version ?? 0;
}

/** Recorded last: a crash before that runs the statements again. */
async function apply(
  engine: Engine,
  { version, name, statements }: Migration,
  options: TableOptions,
): Promise<void> {
  const all = statements(options).flatMap((sql) => clustered(sql, options.cluster));
  for (const sql of all) await engine.run({ sql });
  const sql =
    'INSERT INTO schema_migrations (version, name) SETTINGS async_insert = 0 SELECT {version:UInt32}, {name:String}';
  await engine.run({ sql, params: { version, name } });
}

const smallTables = [
  'losses',
  'rulesets',
  'ruleset_changes',
  'rollup_marks',
  'doubtful_batches',
  'alerts',
] as const;

const isExpiring = (table: string): table is ExpiringTable => Object.hasOwn(expiring, table);

/** Days to keep and settings may have changed since the table was made. */
async function keepAs(
  engine: Engine,
  table: ExpiringTable | (typeof smallTables)[number],
  options: TableOptions,
): Promise<void> {
  const sql = `SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = '${localTable(table, options.cluster)}'`;
  const [found] = await readRows<{ engine_full: string }>(engine, { sql });
  if (!found) return;
  const [definition = '', present = ''] = found.engine_full.split(' SETTINGS ');
  if (isExpiring(table) && !definition.endsWith(`TTL ${ttlSql(table, options)}`)) {
    await engine.run({
      sql: `ALTER TABLE ${everywhere(table, options.cluster)} MODIFY TTL ${ttlSql(table, options)}`,
    });
  }
  const target = everywhere(table, options.cluster);
  const set = new Set(present.split(', '));
  const missing = Object.entries(options.settings).filter(([name, value]) => !set.has(`${name} = ${value}`));
  if (missing.length > 0) {
    await engine.run({
      sql: `ALTER TABLE ${target} MODIFY SETTING ${settingsSql(Object.fromEntries(missing))}`,
    });
  }
}

function newerSchema(place: string, applied: number, newest: number): StoreError {
  return new StoreError(
    'migrate',
    'newer_schema',
    `The database at ${place} has schema version ${applied} and this Visor knows ${newest}: upgrade Visor or use another database.`,
  );
}
