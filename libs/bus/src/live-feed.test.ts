import { NatsServer, recordingLog, type RecordingLog } from '#testing/bus';
import { EventEmitter, on } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BatchPublisher, connectBus, LiveFeed, subjects, ensureStreams, type Bus } from './index.js';

let nats: NatsServer;
let bus: Bus;
let feed: LiveFeed;
let log: RecordingLog;

beforeEach(async () => {
  nats = await NatsServer.start();
  log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, recordingLog());
  feed = new LiveFeed(Promise.resolve(bus), log);
});

afterEach(async () => {
  await bus.close();
  await nats.destroy();
});

function publish(...rows: number[]): Promise<unknown> {
  const publisher = new BatchPublisher({ bus, log, onDropped: () => undefined, maxInFlight: 1 });
  return Promise.all(
    rows.map((n) =>
      publisher.publish({
        subject: subjects.traces('web1'),
        bytes: Uint8Array.of(n),
        rows: n,
        batchId: BigInt(n),
        schema: 1,
      }),
    ),
  );
}

/** A listener that records sequences and bytes, and can wait for a number of them. */
function listener() {
  const seen: [number, number][] = [];
  const events = new EventEmitter();
  return {
    seen,
    take: (message: { sequence: number; bytes: Uint8Array }) => {
      seen.push([message.sequence, message.bytes[0] ?? 0]);
      events.emit('taken');
    },
    async count(wanted: number): Promise<void> {
      if (seen.length >= wanted) return;
      for await (const _ of on(events, 'taken')) if (seen.length >= wanted) return;
    },
  };
}

describe('LiveFeed', () => {
  it('gives what comes after the first subscriber was ready, to all, and stops with the last', async () => {
    await publish(1, 2);
    const [a, b] = [listener(), listener()];
    const first = feed.subscribe(a.take);
    expect(await first.ready).toEqual({ fromSequence: 3 });
    await publish(3);
    await a.count(1);
    const second = feed.subscribe(b.take);
    expect(await second.ready).toEqual({ fromSequence: 4 });
    await publish(4);
    await Promise.all([a.count(2), b.count(1)]);
    expect(a.seen).toEqual([
      [3, 3],
      [4, 4],
    ]);
    expect(b.seen).toEqual([[4, 4]]);
    first.close();
    second.close();
    expect(feed.subscribers).toBe(0);
    await publish(5);
    const c = listener();
    const third = feed.subscribe(c.take);
    expect(await third.ready).toEqual({ fromSequence: 6 });
    expect(c.seen).toEqual([]);
    third.close();
  });

  it('misses nothing over a restart of NATS', async () => {
    const a = listener();
    const subscription = feed.subscribe(a.take);
    await subscription.ready;
    await publish(1);
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    await nats.start();
    await bus.whenConnected();
    await publish(2, 3);
    await a.count(3);
    expect(a.seen.map(([, value]) => value)).toEqual([1, 2, 3]);
    subscription.close();
  });

  it('starts over with a stream that was lost', async () => {
    const a = listener();
    const subscription = feed.subscribe(a.take);
    await subscription.ready;
    await publish(1, 2, 3);
    await a.count(3);
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    nats.loseStore();
    await nats.start();
    await bus.whenConnected();
    await log.next(/made the stream VISOR_TRACES/);
    await publish(9);
    await a.count(4);
    expect(a.seen.at(-1)).toEqual([1, 9]);
    subscription.close();
  });

  it('fetches single batches of the stream', async () => {
    await publish(1, 2);
    expect(await feed.fetch(2)).toMatchObject({
      sequence: 2,
      bytes: Uint8Array.of(2),
      subject: 'visor.v1.traces.web1',
    });
    expect(await feed.fetch(3)).toBeUndefined();
  });
});
