import { describe, expect, it, onTestFinished } from 'vitest';
import { tableSettings } from './ddl.js';
import { EmbeddedEngine } from './embedded.js';
import { migrate } from './migrate.js';
import { Store } from './store.js';
import { agentId, batchOf, noonUs, type TestRow } from './testing/batch.js';
import {
  storageModes,
  storeOne,
  temporaryDatabase,
  temporaryDirectory,
  type TestDatabase,
} from './testing/directory.js';
import { joinByDecoding as join } from './testing/crash-batch.js';
import { queryRows } from './testing/query.js';

const noon = noonUs(0) - 86_400e6;
const minute = Math.floor(noon / 60e6);

const some = (n: number, first = 0, us = noon): TestRow[] =>
  Array.from({ length: n }, (_, i) => ({
    ts: us + i,
    packet_id: BigInt(first + i),
    decisive: true,
    len: 100,
  }));

async function counts(store: Store): Promise<Record<string, string>> {
  const sql = `SELECT toString(batch_id) AS batch, concat(toString(count()), '/', toString(uniqExact(packet_id))) AS n
    FROM traces GROUP BY batch_id ORDER BY batch_id`;
  const rows = await queryRows<{ batch: string; n: string }>(store, sql);
  return Object.fromEntries(rows.map(({ batch, n }) => [batch, n]));
}

const openNotes = async (store: Store): Promise<number> =>
  (
    await queryRows<{ n: number }>(
      store,
      'SELECT toUInt32(count()) AS n FROM doubtful_batches FINAL WHERE open',
    )
  )[0]?.n ?? -1;

describe.each(storageModes)('storeBatches (%s)', (mode) => {
  it('answers for each in their order: absent, whole, partly there, there twice', async () => {
    const store = (await temporaryDatabase(mode, { join })).store;
    await storeOne(store, batchOf(1n, some(10)));
    await storeOne(store, batchOf(2n, some(4)));
    for (let i = 0; i < 2; i++) await storeOne(store, batchOf(3n, some(10)));
    const again = [1n, 2n, 3n, 4n].map((id) => batchOf(id, some(10), true));
    const outcomes = await store.storeBatches([...again, batchOf(5n, some(10))]);
    expect(outcomes).toEqual(['already', 'repaired', 'repaired', 'inserted', 'inserted']);
    expect(await counts(store)).toEqual(Object.fromEntries([1, 2, 3, 4, 5].map((id) => [id, '10/10'])));
    expect(await store.storeBatches(again)).toEqual(['already', 'already', 'already', 'already']);
    expect(await store.storeBatches([])).toEqual([]);
  });

  it('makes one part of 300,000 rows in 16k-row batches', async () => {
    const store = (await temporaryDatabase(mode, { join })).store;
    const batches = Array.from({ length: 19 }, (_, i) => batchOf(BigInt(i + 1), some(16_000, i * 16_000)));
    await store.storeBatches(batches);
    const sql = "SELECT toUInt32(rows) AS rows, level FROM system.parts WHERE table = 'traces'";
    expect(await queryRows(store, sql)).toEqual([{ rows: 304_000, level: 0 }]);
  });

  it('makes one part for each UTC day, whichever batches its rows are of', async () => {
    const store = (await temporaryDatabase(mode, { join })).store;
    const midnight = Math.floor(noon / 86_400e6) * 86_400e6;
    const across = batchOf(1n, some(10, 0, midnight - 5));
    expect(across.days).toHaveLength(2);
    await store.storeBatches([
      across,
      batchOf(2n, some(10, 0, midnight)),
      batchOf(3n, some(10, 0, midnight - 60e6)),
    ]);
    const sql = `SELECT toUInt32(rows) AS rows FROM system.parts WHERE table = 'traces' ORDER BY partition`;
    expect(await queryRows(store, sql)).toEqual([{ rows: 15 }, { rows: 15 }]);
    expect(await counts(store)).toEqual({ 1: '10/10', 2: '10/10', 3: '10/10' });
  });

  it('joins only batches of one schema', async () => {
    const store = (await temporaryDatabase(mode, { join })).store;
    const other = { ...batchOf(2n, some(3)), schema: 'other' };
    await store.storeBatches([batchOf(1n, some(3)), other, batchOf(3n, some(3))]);
    const sql =
      "SELECT toUInt32(rows) AS rows FROM system.parts WHERE table = 'traces' AND level = 0 ORDER BY rows";
    expect(await queryRows(store, sql)).toEqual([{ rows: 3 }, { rows: 6 }]);
  });

  it('says which batches of an agent are there whole', async () => {
    const store = (await temporaryDatabase(mode)).store;
    await storeOne(store, batchOf(1n, some(10)));
    await storeOne(store, batchOf(2n, some(4)));
    const asked = [1n, 2n, 3n].map((batchId) => ({ batchId, rows: 10, from_us: noon, until_us: noon + 9 }));
    expect(await store.storedBatches(agentId, asked)).toEqual([1n]);
    expect(await store.storedBatches('another', asked)).toEqual([]);
    expect(await store.storedBatches(agentId, [])).toEqual([]);
  });
});

describe('storeBatches', () => {
  it('never takes the last copy of a batch that is there twice, also where it cannot insert any more', async () => {
    const engine = await EmbeddedEngine.open(await temporaryDirectory());
    onTestFinished(() => engine.close());
    await migrate(engine, { ttlDays: 7, flowsTtlDays: 90, settings: tableSettings(false) });
    const store = new Store(engine);
    for (let i = 0; i < 2; i++) await storeOne(store, batchOf(1n, some(10)));
    await storeOne(store, batchOf(2n, some(4)));
    await storeOne(store, batchOf(2n, some(7)));
    const dying = new Store({
      place: engine.place,
      ownsDisk: true,
      run: (statement) => engine.run(statement),
      read: (statement) => engine.read(statement),
      readWhole: (statement) => engine.readWhole(statement),
      insert: () => Promise.reject(new Error('killed')),
      close: () => Promise.resolve(),
    });
    expect(await dying.storeBatches([batchOf(1n, some(10), true)])).toEqual(['repaired']);
    expect(await counts(store)).toEqual({ 1: '10/10', 2: '11/7' });
    expect(await store.storeBatches([batchOf(2n, some(10), true)])).toEqual(['repaired']);
    expect(await counts(store)).toEqual({ 1: '10/10', 2: '10/10' });
  });
});

describe.each(storageModes)('verifyDoubtful (%s)', (mode) => {
  const later = (): number => Date.now() * 1000 + 61e6;

  /** A batch that two hubs inserted: both found nothing. */
  async function twice(merged: boolean): Promise<TestDatabase> {
    const database = await temporaryDatabase(mode, { join });
    const { store } = database;
    await storeOne(store, batchOf(1n, some(100), true));
    await store.storeBatches([batchOf(1n, some(100)), batchOf(2n, some(100, 50))]);
    if (merged) await database.run('OPTIMIZE TABLE traces FINAL');
    expect(await counts(store)).toEqual({ 1: '200/100', 2: '100/100' });
    return database;
  }

  it.each([false, true])(
    'leaves each row of a batch once (merged: %s), and other batches',
    async (merged) => {
      const { store } = await twice(merged);
      expect(await store.verifyDoubtful(Date.now() * 1000)).toBe(0);
      expect(await store.verifyDoubtful(later())).toBe(1);
      expect(await counts(store)).toEqual({ 1: '100/100', 2: '100/100' });
      expect(await openNotes(store)).toBe(0);
      expect(await store.verifyDoubtful(later())).toBe(0);
    },
  );

  it('comes to an end of many notes in one call', async () => {
    const { store } = await temporaryDatabase(mode, { join });
    const many = Array.from({ length: 2100 }, (_, i) => batchOf(BigInt(i + 1), some(1, i), true));
    await store.storeBatches(many);
    expect(await openNotes(store)).toBe(2100);
    expect(await store.verifyDoubtful(later())).toBe(0);
    expect(await openNotes(store)).toBe(0);
  });

  it('finishes what was begun, also when parts are merged in between', async () => {
    const { store, run } = await twice(false);
    const first = 'SELECT _part AS part FROM traces WHERE batch_id = 1 ORDER BY _part DESC LIMIT 1';
    const [{ part } = { part: '' }] = await queryRows<{ part: string }>(store, first);
    const day = new Date(noon / 1000).toISOString().slice(0, 10);
    await run(
      `DELETE FROM traces IN PARTITION '${day}' WHERE _part = '${part}' AND batch_id = 1 AND _part_offset < 40 SETTINGS lightweight_deletes_sync = 2`,
    );
    const left = await counts(store);
    expect(left['1']).not.toBe('200/100');
    await run('OPTIMIZE TABLE traces FINAL');
    expect(await store.verifyDoubtful(later())).toBe(1);
    expect(await counts(store)).toEqual({ 1: '100/100', 2: '100/100' });
  });

  it('notes a batch before it is inserted, and tells the rollup when rows go', async () => {
    const { store } = await twice(false);
    expect(await openNotes(store)).toBe(1);
    const packets = async (): Promise<number | undefined> => {
      const sql = `SELECT toUInt32(sum(packets)) AS n FROM flows_1m FINAL WHERE minute = ${minute * 60}`;
      return (await queryRows<{ n: number }>(store, sql))[0]?.n;
    };
    await store.rollUp(later());
    expect(await packets()).toBe(300);
    await store.verifyDoubtful(later());
    await store.rollUp(later());
    expect(await packets()).toBe(200);
  });
});
