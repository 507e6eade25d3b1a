import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tableSettings } from './ddl.js';
import { EmbeddedEngine } from './embedded.js';
import { type Engine } from './engine.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations.js';
import { readRows } from './rows.js';
import { Store } from './store.js';
import { batchOf, noonUs } from './testing/batch.js';
import { storeOne, temporaryDirectory } from './testing/directory.js';
import { flowSums, rowSums } from './testing/sums.js';

const fixtures = join(import.meta.dirname, '..', 'fixtures');
const options = { ttlDays: 7, flowsTtlDays: 90, settings: tableSettings(false) };

async function engineOf(): Promise<{ engine: EmbeddedEngine; close: () => Promise<void> }> {
  const engine = await EmbeddedEngine.open(await temporaryDirectory());
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= engine.close());
  onTestFinished(close);
  return { engine, close };
}

/** What tables there are, how they are kept, and their columns in their order. A sort key can't be changed (ADR 27). */
async function shapeOf(engine: Engine): Promise<unknown[]> {
  const tables = `SELECT name, engine, if(name = 'traces', '', sorting_key), partition_key FROM system.tables WHERE database = currentDatabase() ORDER BY name`;
  const columns = `SELECT table, name, type FROM system.columns WHERE database = currentDatabase() ORDER BY table, position`;
  return [...(await readRows(engine, { sql: tables })), ...(await readRows(engine, { sql: columns }))];
}

describe('a database of schema version', () => {
  const files = readdirSync(fixtures).sort();

  it('each has a fixture, but the newest', () => {
    expect(files).toEqual(migrations.slice(0, -1).map(({ version }) => `v${version}.sql`));
  });

  it.each(files)('%s becomes as a new one is, its rows stay, and goes on', async (file) => {
    const fresh = await engineOf();
    await migrate(fresh.engine, options);
    const expected = await shapeOf(fresh.engine);
    await fresh.close();

    const { engine } = await engineOf();
    const statements = readFileSync(join(fixtures, file), 'utf8')
      .replace(/^--.*\n/, '')
      .split(/;\n/);
    for (const sql of statements) if (sql.trim()) await engine.run({ sql });
    await migrate(engine, options);
    expect(await shapeOf(engine)).toEqual(expected);
    const old = await readRows(engine, { sql: 'SELECT agent_id, len FROM traces' });
    expect(old).toEqual([{ agent_id: 'old', len: 80 }]);
    const store = new Store(engine);
    const rows = [1n, 2n].map((packet_id) => ({ ts: noonUs(1), packet_id, decisive: true, len: 60 }));
    expect(await storeOne(store, batchOf(1n, rows))).toBe('inserted');
    await store.rollUp(Date.now() * 1000 + 3600e6);
    expect(await flowSums(store)).toEqual(await rowSums(store));
    expect(await flowSums(store)).toHaveLength(2);
  });
});
