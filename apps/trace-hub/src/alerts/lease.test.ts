import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NatsServer, recordingLog } from '#testing/bus';
import { type Bus, connectBus, StateBucket } from '#bus';
import { Lease, type LeaseTimes } from './lease.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 60_000 });

const times: LeaseTimes = { ttlMs: 600, renewMs: 100 };

let nats: NatsServer;
let bus: Bus;
let bucket: StateBucket;
const leases: Lease[] = [];
/** Who works, and who has worked, in the order in which that happened. */
let events: string[];
let working: Set<string>;
let most: number;

beforeEach(async () => {
  nats = await NatsServer.start();
  bus = await connectBus({ url: nats.url, name: 'test', log: recordingLog(), retryMs: 50 });
  bucket = new StateBucket(Promise.resolve(bus));
  events = [];
  working = new Set();
  most = 0;
});

afterEach(async () => {
  await Promise.all(leases.splice(0).map((lease) => lease.close()));
  await bus.close();
  await nats.destroy();
});

type Bucket = Pick<StateBucket, 'get' | 'put'>;

function start(run: string, over: Bucket = bucket, more: { key?: string; endsAfter?: number } = {}): Lease {
  const lease = new Lease({
    bucket: over,
    holder: { hub: `hub-${run}`, run },
    work: async (signal) => {
      events.push(`${run} begins`);
      working.add(run);
      most = Math.max(most, working.size);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      if (more.endsAfter) await sleep(more.endsAfter);
      working.delete(run);
      events.push(`${run} ends`);
    },
    failed: () => undefined,
    times,
    ...(more.key && { key: more.key }),
  });
  leases.push(lease);
  lease.start();
  return lease;
}

/** A hub that is cut off from NATS from some time on. */
class Cut implements Bucket {
  cut = false;

  get(...args: Parameters<StateBucket['get']>) {
    return this.cut ? Promise.reject(new Error('NATS is away')) : bucket.get(...args);
  }

  put(...args: Parameters<StateBucket['put']>) {
    return this.cut ? Promise.reject(new Error('NATS is away')) : bucket.put(...args);
  }
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 20 });

describe('Lease', () => {
  it('lets one of several work, and goes on as long as that one renews it', async () => {
    const all = [start('a'), start('b'), start('c')];
    await until(() => expect(events).toHaveLength(1));
    await sleep(3 * times.ttlMs);
    expect(events).toHaveLength(1);
    expect(most).toBe(1);
    const [worker = ''] = working;
    expect(all.filter(({ held }) => held)).toHaveLength(1);
    await until(() => expect(all.map(({ holder }) => holder?.run)).toEqual([worker, worker, worker]));
  });

  it('is taken at once when who has it lets go', async () => {
    const first = start('a');
    await until(() => expect(events).toEqual(['a begins']));
    start('b');
    await first.close();
    expect(first.held).toBe(false);
    await until(() => expect(events).toEqual(['a begins', 'a ends', 'b begins']));
  });

  it('is taken when who has it is cut off, who has stopped by then', async () => {
    const cut = new Cut();
    start('a', cut);
    await until(() => expect(events).toEqual(['a begins']));
    start('b');
    await sleep(times.renewMs);
    cut.cut = true;
    await until(() => expect(events).toHaveLength(3));
    expect(events).toEqual(['a begins', 'a ends', 'b begins']);
    expect(most).toBe(1);
    cut.cut = false;
    await sleep(2 * times.ttlMs);
    expect(events).toHaveLength(3);
  });

  it('is taken again by who was cut off where nobody else has it', async () => {
    const cut = new Cut();
    start('a', cut);
    await until(() => expect(events).toEqual(['a begins']));
    cut.cut = true;
    await until(() => expect(events).toEqual(['a begins', 'a ends']));
    cut.cut = false;
    await until(() => expect(events).toEqual(['a begins', 'a ends', 'a begins']));
  });

  it('is of one work: that of another key is for somebody else', async () => {
    start('a');
    start('b', bucket, { key: 'webhook.x.lease' });
    await until(() => expect([...working].sort()).toEqual(['a', 'b']));
  });

  it('stays with who ends, however long that takes', async () => {
    const first = start('a', bucket, { endsAfter: 3 * times.ttlMs });
    await until(() => expect(events).toEqual(['a begins']));
    start('b');
    await first.close();
    expect(events).toEqual(['a begins', 'a ends']);
    await until(() => expect(events).toEqual(['a begins', 'a ends', 'b begins']));
    expect(most).toBe(1);
  });

  it('is taken where what the bucket has is no holder', async () => {
    await bucket.put('lease', Buffer.from('{'));
    start('a');
    await until(() => expect(events).toEqual(['a begins']));
  });
});
