import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NatsServer, recordingLog } from '#testing/bus';
import { alertBucketStream, type Bus, connectBus, StateBucket } from '#bus';
import { CheckpointStore, type Checkpoint } from './checkpoint.js';
import { DamagedState, StateLost } from './kept-state.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 60_000 });

let nats: NatsServer;
let bus: Bus;
let bucket: StateBucket;

beforeEach(async () => {
  nats = await NatsServer.start();
  bus = await connectBus({ url: nats.url, name: 'test', log: recordingLog(), retryMs: 50 });
  bucket = new StateBucket(Promise.resolve(bus));
});

afterEach(async () => {
  await bus.close();
  await nats.destroy();
});

const of = (sequence: number, engine: object = {}): Checkpoint => ({
  place: { sequence, time_us: 1_700_000_000_000_000 },
  rulesets: { sequence: 7, versions: [['["web1","","inet","fw"]', 'aa']] },
  alerts: 3,
  at_us: 1_700_000_000_000_001,
  engine,
});

/** What does not get smaller by packing. */
const random = (bytes: number): string => randomBytes(bytes / 2).toString('hex');

describe('CheckpointStore', () => {
  it('has none at first, then the newest', async () => {
    const store = new CheckpointStore(bucket);
    expect(await store.load()).toBeUndefined();
    await store.save(of(1));
    await store.save(of(2, { a: [1] }));
    expect(await new CheckpointStore(bucket).load()).toEqual(of(2, { a: [1] }));
  });

  it('keeps one that is larger than a message, and no pieces of older ones', async () => {
    const store = new CheckpointStore(bucket);
    await store.load();
    const sizes = [3_000_000, 2_500_000, 3_100_000, 100];
    for (const [at, size] of sizes.entries()) {
      const checkpoint = of(at, { text: random(size) });
      await store.save(checkpoint);
      expect(await new CheckpointStore(bucket).load()).toEqual(checkpoint);
    }
    const { state } = await bus.manager.streams.info(alertBucketStream);
    // Two sets and the head, whatever was there before.
    expect(state.messages).toBeLessThanOrEqual(2 * 4 + 1);
  });

  it('does not let a hub that has lost its lease write over what came later', async () => {
    const [old, next] = [new CheckpointStore(bucket), new CheckpointStore(bucket)];
    await old.load();
    await old.save(of(1));
    await next.load();
    await next.save(of(2));
    await expect(old.save(of(1))).rejects.toThrow(StateLost);
    expect((await new CheckpointStore(bucket).load())?.place.sequence).toBe(2);
  });

  it('tells of one that is damaged, and replaces it', async () => {
    for (const break_ of [
      () => bucket.put('checkpoint', Buffer.from('{"set":"a"}')),
      () => bucket.delete('checkpoint.a.0'),
      async () =>
        bucket.put('checkpoint.a.0', new Uint8Array((await bucket.get('checkpoint.a.0'))?.bytes.length ?? 0)),
    ]) {
      const store = new CheckpointStore(bucket);
      await store.load().catch(() => undefined);
      // Into both sets, the first of which is known to be the newest then.
      await store.save(of(1));
      const { set } = JSON.parse(Buffer.from((await bucket.get('checkpoint'))?.bytes ?? []).toString()) as {
        set: string;
      };
      if (set === 'b') await store.save(of(1));
      await break_();
      const next = new CheckpointStore(bucket);
      await expect(next.load()).rejects.toThrow(DamagedState);
      await next.save(of(3));
      expect((await new CheckpointStore(bucket).load())?.place.sequence).toBe(3);
    }
  });
});
