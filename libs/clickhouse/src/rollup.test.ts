import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Store, type StoreOptions } from './store.js';
import { batchOf, noonUs, type TestRow } from './testing/batch.js';
import { storageModes, storeOne, temporaryDatabase, type TestDatabase } from './testing/directory.js';
import { flowSums, rowSums } from './testing/sums.js';

const noon = noonUs(0) - 86_400e6;
const hour_us = 3600e6;
const later = (): number => Date.now() * 1000 + hour_us;

const rowsAt = (us: number, n: number, more: Partial<TestRow> = {}): TestRow[] =>
  Array.from({ length: n }, (_, i) => ({
    ts: us + i,
    packet_id: BigInt(i),
    decisive: true,
    len: 100,
    ...more,
  }));

async function agree(store: Store): Promise<void> {
  expect(await flowSums(store)).toEqual(await rowSums(store));
}

async function database(options: Partial<StoreOptions> = {}): Promise<TestDatabase> {
  return temporaryDatabase('embedded', options);
}

describe.each(storageModes)('rollUp (%s)', (mode) => {
  it('counts decisive rows by minute and group, sampled ones as all that they stand for', async () => {
    const { store } = await temporaryDatabase(mode);
    await storeOne(store, batchOf(1n, [...rowsAt(noon, 3), ...rowsAt(noon + 60e6, 2, { sampling: 8 })]));
    await storeOne(
      store,
      batchOf(2n, [...rowsAt(noon, 2, { table: 'nat' }), ...rowsAt(noon, 9, { decisive: false })]),
    );
    expect(await store.rollUp(later())).toBe(2);
    const sql =
      'SELECT toUInt32(minute) AS minute, `table`, toUInt32(packets) AS packets, toUInt32(bytes) AS bytes FROM flows_1m FINAL ORDER BY minute, `table`';
    const text = await store.queryText({ sql });
    expect(
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { minute: noon / 1e6, table: 'filter', packets: 3, bytes: 300 },
      { minute: noon / 1e6, table: 'nat', packets: 2, bytes: 200 },
      { minute: noon / 1e6 + 60, table: 'filter', packets: 16, bytes: 1600 },
    ]);
    await agree(store);
    expect(await store.rollUp(later())).toBe(0);
  });

  it('computes a minute again when rows come late', async () => {
    const { store } = await temporaryDatabase(mode);
    for (let i = 1; i < 4; i++) {
      await storeOne(store, batchOf(BigInt(i), rowsAt(noon + i, 5)));
      expect(await store.rollUp(later())).toBe(1);
      await agree(store);
    }
  });

  it('has no packets of a group whose rows are gone', async () => {
    const { store, run } = await temporaryDatabase(mode);
    await store.storeBatches([batchOf(1n, rowsAt(noon, 5)), batchOf(2n, rowsAt(noon, 3, { table: 'nat' }))]);
    await store.rollUp(later());
    await run('DELETE FROM traces WHERE batch_id = 2 SETTINGS lightweight_deletes_sync = 2');
    await storeOne(store, batchOf(3n, rowsAt(noon, 1)));
    await store.rollUp(later());
    await agree(store);
    expect(await flowSums(store)).toMatchObject([{ packets: 6 }]);
  });

  it('takes over what a hub left that is over, and waits for no minute twice', async () => {
    const first = await temporaryDatabase(mode, { timing: { dead_after_ms: 1000 } });
    await storeOne(first.store, batchOf(1n, rowsAt(noon, 5)));
    const second = await first.another({ timing: { dead_after_ms: 1000 } });
    await expect.poll(() => second.rollUp(later()), { timeout: 20_000, interval: 300 }).toBe(1);
    await agree(second);
    const third = await first.another();
    expect(await third.rollUp(later())).toBe(0);
  });
});

describe('rollUp', () => {
  it('says that a minute waits, also where it waits for another hub', async () => {
    const { store, another } = await temporaryDatabase('server');
    await storeOne(store, batchOf(1n, rowsAt(noon, 5)));
    const second = await another();
    expect(await second.rollUp(later())).toBe(0);
    expect(second.rollupLag_us).toBeGreaterThan(0);
    await store.rollUp(later());
    await second.rollUp(later());
    expect(second.rollupLag_us).toBe(0);
  });

  it('says how long a minute waits also while ClickHouse fails', async () => {
    const { store, another, run } = await temporaryDatabase('server');
    await storeOne(store, batchOf(1n, rowsAt(noon, 5)));
    const second = await another();
    const at = later();
    await second.rollUp(at);
    const lag_us = second.rollupLag_us;
    await run('RENAME TABLE rollup_marks TO rollup_marks_away');
    await expect(second.rollUp(at + 60e6)).rejects.toThrow();
    await run('RENAME TABLE rollup_marks_away TO rollup_marks');
    expect(second.rollupLag_us).toBe(lag_us + 60e6);
  });

  it('waits for a minute to be over and quiet; for a busy one not for ever', async () => {
    let now = noonUs(0);
    const { store } = await database({ timing: { now_us: () => now } });
    const minute_us = noonUs(0);
    await storeOne(store, batchOf(1n, rowsAt(minute_us, 5)));
    now = minute_us + 20e6;
    expect(await store.rollUp(now)).toBe(0);
    now = minute_us + 58e6;
    await storeOne(store, batchOf(2n, rowsAt(minute_us + 1, 5)));
    now = minute_us + 59e6;
    expect(await store.rollUp(now)).toBe(0);
    now = minute_us + 61e6;
    expect(await store.rollUp(now)).toBe(1);
    expect(store.rollupLag_us).toBe(1e6);
    await storeOne(store, batchOf(3n, rowsAt(minute_us + 2, 5)));
    expect(await store.rollUp(now + 1e6)).toBe(0);
    expect(await store.rollUp(now + 6e6)).toBe(1);
    await agree(store);
  });

  it('leaves alone a minute whose rows have expired', async () => {
    const { store } = await database({ ttlDays: 7 });
    await storeOne(store, batchOf(1n, rowsAt(noon, 5)));
    await store.rollUp(later());
    const before = await flowSums(store);
    await storeOne(store, batchOf(2n, rowsAt(noon, 5)));
    expect(await store.rollUp(later() + 8 * 24 * hour_us)).toBe(1);
    expect(await flowSums(store)).toEqual(before);
    expect(await store.rollUp(later())).toBe(0);
  });

  it('agrees with the rows in the end, whatever two hubs do at once', async () => {
    const { store, another } = await temporaryDatabase('server');
    const hubs = [store, await another()];
    let id = 0n;
    const step = fc.record({
      hub: fc.nat(1),
      what: fc.constantFrom('store', 'store', 'roll', 'again'),
      minute: fc.nat(3),
      rows: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        await Promise.all(
          steps.map(async ({ hub, what, minute, rows }) => {
            const at = hubs[hub] as Store;
            if (what === 'roll') return at.rollUp(later());
            const batch = batchOf((id += 1n), rowsAt(noon + minute * 60e6, rows));
            await at.storeBatches([batch]);
            if (what === 'again') await at.storeBatches([{ ...batch, repeated: true }]);
          }),
        );
        for (let round = 0; round < 3; round++) for (const hub of hubs) await hub.rollUp(later());
        await agree(store);
      }),
      { numRuns: 15 },
    );
  });
});
