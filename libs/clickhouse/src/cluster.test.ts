import { describe, expect, it } from 'vitest';
import { tableSettings } from './ddl.js';
import { type Engine, type Statement } from './engine.js';
import { migrate } from './migrate.js';
import { openStore, Store } from './store.js';
import { batchOf, noonUs } from './testing/batch.js';

/** Keeps what is run. There is no cluster here: that the statements do what they should is not shown by this. */
class Recording implements Engine {
  readonly place = 'a recording';
  readonly ownsDisk = false;
  readonly statements: string[] = [];
  run({ sql }: Statement): Promise<void> {
    this.statements.push(sql);
    return Promise.resolve();
  }
  insert = ({ sql }: { sql: (source: string) => string }): Promise<void> => this.run({ sql: sql('stream') });
  async *read({ sql }: Statement): AsyncGenerator<Uint8Array, void, undefined> {
    await Promise.resolve();
    const row = sql.includes('count()')
      ? { batch: '1', agent: batchOf(1n, []).agentId, present: 1 }
      : undefined;
    if (row) yield Buffer.from(`${JSON.stringify(row)}\n`);
  }
  readWhole = (): Promise<never> => Promise.reject(new Error('not here'));
  close = (): Promise<void> => Promise.resolve();
}

const rows = [1n, 2n].map((packet_id) => ({ ts: noonUs(1), packet_id, decisive: true }));

describe('a cluster', () => {
  it('has its tables made and changed on all hosts', async () => {
    const engine = new Recording();
    await migrate(engine, {
      ttlDays: 7,
      flowsTtlDays: 90,
      settings: tableSettings(undefined),
      cluster: 'visor',
    });
    const changes = engine.statements.filter((sql) => !sql.startsWith('INSERT'));
    expect(changes.length).toBeGreaterThan(8);
    for (const sql of changes) expect(sql).toContain('ON CLUSTER `visor`');
  });

  it('has rows deleted where they are, and inserted before the answer', async () => {
    const engine = new Recording();
    const store = new Store(engine, { cluster: 'visor' });
    expect(await store.storeBatches([batchOf(1n, rows, true)])).toEqual(['repaired']);
    const text = engine.statements.join('\n');
    expect(text).toContain('DELETE FROM traces_local ON CLUSTER `visor` IN PARTITION');
    expect(text).toMatch(/INSERT INTO traces \(.*distributed_foreground_insert = 1/);
  });

  it('is refused for the embedded engine', async () => {
    await expect(openStore({ url: 'embedded:/tmp/x', cluster: 'visor' })).rejects.toThrow(
      'storage.clickhouse.cluster "visor" is for servers',
    );
  });
});
