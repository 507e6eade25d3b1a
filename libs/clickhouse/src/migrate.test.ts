import { describe, expect, it, onTestFinished } from 'vitest';
import { agentColumns, columns, rollupColumns } from '#columns';
import { tableSettings } from './ddl.js';
import { EmbeddedEngine } from './embedded.js';
import { type Engine, type Statement } from './engine.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations.js';
import { createFlows } from './rollup-ddl.js';
import { readRows } from './rows.js';
import { temporaryDirectory } from './testing/directory.js';

const options = { ttlDays: 7, flowsTtlDays: 90, settings: tableSettings(true) };

async function engineOf(): Promise<EmbeddedEngine> {
  const engine = await EmbeddedEngine.open(await temporaryDirectory());
  onTestFinished(() => engine.close());
  return engine;
}

const applied = (engine: Engine) =>
  readRows(engine, { sql: 'SELECT version, name FROM schema_migrations ORDER BY version' });

async function definition(engine: Engine, table = 'traces'): Promise<string> {
  const sql = `SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = '${table}'`;
  return JSON.stringify(await readRows(engine, { sql }));
}

/** An engine whose process ends at its n-th statement. */
class Crashing implements Engine {
  constructor(
    private readonly engine: Engine,
    private left: number,
  ) {}
  get place(): string {
    return this.engine.place;
  }
  readonly ownsDisk = true;
  insert = (): Promise<void> => Promise.reject(new Error('not here'));
  read = (statement: Statement) => this.engine.read(statement);
  readWhole = (statement: Statement) => this.engine.readWhole(statement);
  close = () => this.engine.close();
  async run(statement: Statement): Promise<void> {
    if (this.left-- === 0) throw new Error('crash');
    await this.engine.run(statement);
  }
}

const all = migrations.map(({ version, name }) => ({ version, name }));
/** The first one makes the table of migrations, then each has its statements and its record. */
const statements = 1 + migrations.reduce((sum, { statements }) => sum + statements(options).length + 1, 0);

describe('migrate', { timeout: 30_000 }, () => {
  it('has migrations in order, without a gap', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, i) => i + 1));
  });

  it('makes an empty database the newest, once', async () => {
    const engine = await engineOf();
    await migrate(engine, options);
    await migrate(engine, options);
    expect(await applied(engine)).toEqual(all);
    expect(await definition(engine)).toContain('fsync_after_insert = 1');
    expect(await definition(engine, 'losses')).toContain('ReplacingMergeTree(events)');
  });

  it('goes on after a crash at any of its statements', { timeout: 120_000 }, async () => {
    for (let at = 0; at < statements; at++) {
      const engine = await EmbeddedEngine.open(await temporaryDirectory());
      try {
        await expect(migrate(new Crashing(engine, at), options)).rejects.toThrow('crash');
        await migrate(engine, options);
        expect(await applied(engine)).toEqual(all);
      } finally {
        await engine.close();
      }
    }
  });

  it('brings a database of before the losses to today, its rows stay', async () => {
    const engine = await engineOf();
    await migrate(engine, options, migrations.slice(0, 1));
    await engine.run({ sql: "INSERT INTO traces (ts, agent_id, dport) SELECT now64(6), 'old', 80" });
    await migrate(engine, options);
    expect(await applied(engine)).toEqual(all);
    expect(await readRows(engine, { sql: 'SELECT agent_id, dport FROM traces' })).toEqual([
      { agent_id: 'old', dport: 80 },
    ]);
    expect(await readRows(engine, { sql: 'SELECT * FROM losses' })).toEqual([]);
  });

  it('brings a database of before the rulesets to today, its rows stay', async () => {
    const engine = await engineOf();
    await migrate(engine, options, migrations.slice(0, 2));
    const losses = "INSERT INTO losses (ts, until, agent_id, events) SELECT now64(6), now64(6), 'old', 80";
    await engine.run({ sql: losses });
    await migrate(engine, options);
    expect(await applied(engine)).toEqual(all);
    expect(await readRows(engine, { sql: 'SELECT agent_id FROM losses' })).toEqual([{ agent_id: 'old' }]);
    for (const table of ['rulesets', 'ruleset_changes']) {
      expect(await readRows(engine, { sql: `SELECT * FROM ${table}` })).toEqual([]);
    }
  });

  it('applies later migrations to a database of an earlier version', async () => {
    const engine = await engineOf();
    await migrate(engine, options);
    const later = {
      version: all.length + 1,
      name: 'note',
      statements: () => ['ALTER TABLE traces ADD COLUMN IF NOT EXISTS note String'],
    };
    await migrate(engine, options, [...migrations, later]);
    expect(await applied(engine)).toHaveLength(all.length + 1);
    await expect(migrate(engine, options)).rejects.toMatchObject({
      name: 'StoreError',
      code: 'newer_schema',
      message: `The database at ${engine.place} has schema version ${all.length + 1} and this Visor knows ${all.length}: upgrade Visor or use another database.`,
    });
  });

  it('adds what libs/columns has and the table of an earlier Visor lacks, in its place; rows stay', async () => {
    const engine = await engineOf();
    await migrate(engine, options);
    await engine.run({ sql: 'ALTER TABLE traces DROP COLUMN tcp_ack, DROP COLUMN icmp_type' });
    await engine.run({ sql: "INSERT INTO traces (ts, agent_id, dport) SELECT now64(6), 'old', 80" });
    await migrate(engine, options);
    const sql =
      "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'traces' ORDER BY position";
    expect((await readRows<{ name: string }>(engine, { sql })).map((c) => c.name)).toEqual(
      columns.map((c) => c.name),
    );
    const old = await readRows(engine, { sql: 'SELECT agent_id, dport, tcp_ack, icmp_type FROM traces' });
    expect(old).toEqual([{ agent_id: 'old', dport: 80, tcp_ack: 0, icmp_type: 0 }]);
  });

  it('adds the columns of the hub to a table that has those of agents alone; rows stay', async () => {
    const engine = await engineOf();
    await migrate(engine, options);
    const added = columns.map((c) => c.name).filter((name) => !agentColumns.some((c) => c.name === name));
    expect(added).toEqual(['country_src', 'country_dst', 'asn_src', 'asn_dst']);
    const drops = added.map((name) => `DROP COLUMN ${name}`).join(', ');
    await engine.run({ sql: `ALTER TABLE traces ${drops}` });
    await engine.run({ sql: "INSERT INTO traces (ts, agent_id, dport) SELECT now64(6), 'old', 80" });
    await migrate(engine, options);
    const old = await readRows(engine, { sql: `SELECT agent_id, dport, ${added.join(', ')} FROM traces` });
    const none = { country_src: '', country_dst: '', asn_src: 0, asn_dst: 0 };
    expect(old).toEqual([{ agent_id: 'old', dport: 80, ...none }]);
  });

  it('adds a column by which the rollup counts to a table that counted without it; its rows stay', async () => {
    const engine = await engineOf();
    const before = createFlows(options)
      .replace(/\n {2}`dport`.*\n/, '\n')
      .replace(', `dport`', '');
    expect(before).not.toContain('dport');
    await engine.run({ sql: before });
    const values = "toStartOfMinute(now()) - 60, 'old', 3, 1";
    await engine.run({ sql: `INSERT INTO flows_1m (minute, agent_id, packets, version) SELECT ${values}` });
    for (let start = 0; start < 2; start++) await migrate(engine, options);
    const sql = 'SELECT agent_id, dport, toUInt32(packets) AS packets FROM flows_1m FINAL';
    expect(await readRows(engine, { sql })).toEqual([{ agent_id: 'old', dport: 0, packets: 3 }]);
    for (const port of [53, 80]) {
      const group = `toStartOfMinute(now()), 'new', ${port}, 1, 1`;
      const into = 'INSERT INTO flows_1m (minute, agent_id, dport, packets, version)';
      await engine.run({ sql: `${into} SELECT ${group}` });
    }
    await engine.run({ sql: 'OPTIMIZE TABLE flows_1m FINAL' });
    expect(await readRows(engine, { sql })).toHaveLength(3);
    const order =
      "SELECT name FROM system.columns WHERE table = 'flows_1m' AND is_in_sorting_key ORDER BY position";
    const keys = (await readRows<{ name: string }>(engine, { sql: order })).map(({ name }) => name);
    expect(keys).toEqual(['minute', ...rollupColumns.map(({ name }) => name)]);
  });

  it('brings a change of the days or of fsync to a table that is there', async () => {
    const engine = await engineOf();
    await migrate(engine, { ttlDays: 7, flowsTtlDays: 90, settings: tableSettings(false) });
    expect(await definition(engine)).toContain('fsync_after_insert = 0');
    await migrate(engine, { ttlDays: 3, flowsTtlDays: 90, settings: tableSettings(true) });
    expect(await definition(engine)).toContain('toIntervalDay(3)');
    expect(await definition(engine)).toContain('fsync_after_insert = 1');
    await migrate(engine, { ttlDays: 3, flowsTtlDays: 90, settings: tableSettings(false) });
    for (const table of ['traces', 'losses']) {
      expect(await definition(engine, table)).toContain('fsync_after_insert = 0');
      expect(await definition(engine, table)).toContain('toIntervalDay(3)');
    }
    for (const table of ['rulesets', 'ruleset_changes']) {
      expect(await definition(engine, table)).toContain('fsync_after_insert = 0');
      expect(await definition(engine, table)).not.toContain('toIntervalDay');
    }
  });
});
