import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { batchOf, dayOf, noonUs, streamOf } from './testing/batch.js';
import { storageModes, storeOne, temporaryStore } from './testing/directory.js';
import { type Store } from './store.js';

async function counts(store: Store): Promise<Record<string, number>> {
  const sql =
    'SELECT toString(batch_id) AS batch, toUInt32(count()) AS rows FROM traces GROUP BY batch_id ORDER BY batch_id';
  const lines = (await store.queryText({ sql })).split('\n').filter(Boolean);
  return Object.fromEntries(
    lines
      .map((line) => JSON.parse(line) as { batch: string; rows: number })
      .map(({ batch, rows }) => [batch, rows]),
  );
}

const some = (n: number, us = noonUs(0)) =>
  Array.from({ length: n }, (_, i) => ({ ts: us + i, packet_id: BigInt(i) }));

describe.each(storageModes)('storeBatches of one (%s)', { timeout: 30_000 }, (mode) => {
  it('inserts a new batch and leaves no file behind', async () => {
    const store = await temporaryStore(mode);
    expect(await storeOne(store, batchOf(1n, some(100)))).toBe('inserted');
    expect(await counts(store)).toEqual({ 1: 100 });
    if (mode === 'embedded') expect(await readdir(join(store.place, 'incoming'))).toEqual([]);
  });

  it('knows a redelivered batch that is there as a whole', async () => {
    const store = await temporaryStore(mode);
    await storeOne(store, batchOf(1n, some(100)));
    expect(await storeOne(store, batchOf(1n, some(100), true))).toBe('already');
    expect(await counts(store)).toEqual({ 1: 100 });
  });

  it('inserts a redelivered batch that is not there', async () => {
    const store = await temporaryStore(mode);
    expect(await storeOne(store, batchOf(1n, some(100), true))).toBe('inserted');
    expect(await counts(store)).toEqual({ 1: 100 });
  });

  it.each([
    ['partly there', [some(40)]],
    ['there twice', [some(100), some(100)]],
  ])('repairs a redelivered batch that is %s, and no other', async (_name, parts) => {
    const store = await temporaryStore(mode);
    for (const rows of parts) await storeOne(store, batchOf(1n, rows));
    await storeOne(store, batchOf(2n, some(7)));
    expect(await storeOne(store, batchOf(1n, some(100), true))).toBe('repaired');
    expect(await counts(store)).toEqual({ 1: 100, 2: 7 });
    expect(await storeOne(store, batchOf(1n, some(100), true))).toBe('already');
  });

  it("does not take another agent's batch of the same number for it", async () => {
    const store = await temporaryStore(mode);
    await storeOne(store, batchOf(1n, some(100)));
    const batch = { ...batchOf(1n, some(50), true), agentId: 'another' };
    expect(await storeOne(store, batch)).toBe('inserted');
    expect(await counts(store)).toEqual({ 1: 150 });
  });

  it('writes the rows of each UTC day apart, each once', async () => {
    const store = await temporaryStore(mode);
    const rows = [...some(3, noonUs(2)), ...some(5, noonUs(1)), ...some(2, noonUs(0))];
    expect(await storeOne(store, batchOf(1n, rows))).toBe('inserted');
    const sql = `SELECT partition, toUInt32(sum(rows)) AS rows FROM system.parts WHERE table = 'traces' AND active
      GROUP BY partition ORDER BY partition`;
    const days = [2, 1, 0].map((ago) => dayOf(noonUs(ago)));
    expect(
      (await store.queryText({ sql }))
        .split('\n')
        .filter(Boolean)
        .map((l) => JSON.parse(l) as unknown),
    ).toEqual([
      { partition: days[0], rows: 3 },
      { partition: days[1], rows: 5 },
      { partition: days[2], rows: 2 },
    ]);
  });

  it('keeps batches apart that are stored at the same time', async () => {
    const store = await temporaryStore(mode);
    const ids = Array.from({ length: 8 }, (_, i) => BigInt(i + 1));
    await Promise.all(ids.map((id) => storeOne(store, batchOf(id, some(1000)))));
    expect(await counts(store)).toEqual(Object.fromEntries(ids.map((id) => [id.toString(), 1000])));
  });

  it('tells bytes that ClickHouse cannot read from a fault of the database', async () => {
    const store = await temporaryStore(mode);
    const garbage = new TextEncoder().encode('no Arrow at all');
    const cut = streamOf(1n, some(100)).slice(0, 900);
    for (const bytes of [garbage, cut]) {
      await expect(store.storeBatches([{ ...batchOf(1n, some(1)), bytes }])).rejects.toMatchObject({
        name: 'StoreError',
        code: 'bad_data',
      });
    }
    expect(await counts(store)).toEqual({});
    if (mode === 'embedded') expect(await readdir(join(store.place, 'incoming'))).toEqual([]);
  });
});
