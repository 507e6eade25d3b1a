import { expect, it, onTestFinished } from 'vitest';
import { tableSettings } from './ddl.js';
import { EmbeddedEngine } from './embedded.js';
import { migrate } from './migrate.js';
import { Store } from './store.js';
import { batchOf, noonUs } from './testing/batch.js';
import { storeOne, temporaryDirectory } from './testing/directory.js';
import { TraceMerges } from './trace-merges.js';

const rows = Array.from({ length: 10 }, (_, i) => ({ ts: noonUs(0) + i, packet_id: BigInt(i) }));

async function open(directory: string): Promise<{ engine: EmbeddedEngine; store: Store }> {
  const engine = await EmbeddedEngine.open(directory);
  await migrate(engine, { ttlDays: 7, flowsTtlDays: 90, settings: tableSettings(false) });
  return { engine, store: new Store(engine) };
}

it(
  'merges wait while much is told to wait; a repair does not, and a later start merges',
  { timeout: 180_000 },
  async () => {
    const directory = await temporaryDirectory();
    const { engine, store } = await open(directory);
    const merges = new TraceMerges(engine);
    await store.tellWaiting(1000);
    for (let i = 1; i <= 20; i++) await storeOne(store, batchOf(BigInt(i), rows));
    expect(await merges.state()).toEqual({ parts: 20, longest_s: 0, mutations: 0 });

    await storeOne(store, batchOf(21n, rows.slice(0, 4)));
    expect(await storeOne(store, batchOf(21n, rows, true))).toBe('repaired');

    await store.tellWaiting(0);
    await expect.poll(async () => (await merges.state()).parts, { timeout: 60_000 }).toBeLessThan(20);
    await store.tellWaiting(1000);
    await store.close();

    const again = await open(directory);
    onTestFinished(() => again.store.close());
    for (let i = 31; i <= 50; i++) await storeOne(again.store, batchOf(BigInt(i), rows));
    const now = new TraceMerges(again.engine);
    await expect.poll(async () => (await now.state()).parts, { timeout: 60_000 }).toBeLessThan(20);
  },
);
