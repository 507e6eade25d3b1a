import { openStore, type Store } from '../store.js';
import { crashBatch, joinByDecoding } from './crash-batch.js';

/**
 * A hub's work without the hub, to be killed at any point: `node crash-child.js URL MIDNIGHT FIRST [OUTSTANDING…]` stores
 * what is outstanding again, then new batches without end, rolls up and verifies all the while. It writes `+ID` when a
 * batch is acknowledged and `?ID` before one is begun.
 */
const [url = '', midnight = '', first = '', ...outstanding] = process.argv.slice(2);
const later = (): number => Date.now() * 1000 + 7200e6;
const say = (lines: readonly string[]): void =>
  void process.stdout.write(lines.map((l) => `${l}\n`).join(''));

async function storeAll(store: Store, ids: readonly number[], repeated: boolean): Promise<void> {
  say(ids.map((id) => `?${id}`));
  await store.storeBatches(ids.map((id) => crashBatch(id, Number(midnight), repeated)));
}

/** As two hubs do of which each found nothing. */
async function storeTwice(store: Store, id: number): Promise<void> {
  await storeAll(store, [id], true);
  await storeAll(store, [id], false);
}

async function forever(work: () => Promise<unknown>): Promise<never> {
  for (;;) {
    await work();
    await new Promise((done) => setTimeout(done, 5));
  }
}

const store = await openStore({ url, fsync: false, join: joinByDecoding });
say(['open']);
const again = outstanding.map(Number);
await storeAll(store, again, true);
say(again.map((id) => `+${id}`));
void forever(() => store.rollUp(later()));
for (let id = Number(first); ;) {
  const ids = [id, id + 1, id + 2];
  await storeAll(store, ids, false);
  await storeTwice(store, id + 3);
  say([...ids, id + 3].map((n) => `+${n}`));
  await store.verifyDoubtful(later());
  id += 4;
}
