import { NatsServer, recordingLog, type RecordingLog } from '#testing/bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BatchPublisher,
  connectBus,
  ensureStreams,
  subjects,
  tracesStream,
  type Bus,
  type PublisherOptions,
  type TraceBatch,
} from './index.js';

let nats: NatsServer;
let bus: Bus;
let log: RecordingLog;

beforeEach(async () => {
  nats = await NatsServer.start();
  log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, log);
});

afterEach(async () => {
  await bus.close();
  await nats.destroy();
});

/** Kills NATS; the bus knows when it resolves. */
async function lose(): Promise<void> {
  await nats.stop('SIGKILL');
  await log.next(/is gone/);
}

const batch = (n: number, size = 10): TraceBatch => ({
  subject: subjects.traces('web1'),
  bytes: new Uint8Array(size).fill(n),
  rows: n,
  batchId: BigInt(n),
  schema: 1,
});

function publisher(options: Partial<PublisherOptions> = {}) {
  const dropped: [number, string][] = [];
  const made = new BatchPublisher({
    bus,
    log,
    onDropped: (rows, cause) => dropped.push([rows, cause]),
    ackTimeoutMs: 20_000,
    ...options,
  });
  return { publisher: made, dropped };
}

const stored = async (sequence: number) => bus.manager.streams.getMessage(tracesStream, { seq: sequence });

describe('BatchPublisher', () => {
  it('stores a batch with its headers and an id that cannot be guessed', async () => {
    const { publisher: p } = publisher();
    expect(await p.publish(batch(7))).toEqual({ kind: 'stored', sequence: 1 });
    await p.publish(batch(8));
    const [first, second] = [await stored(1), await stored(2)];
    expect(first?.data).toEqual(new Uint8Array(10).fill(7));
    const headers = first?.header;
    expect(headers?.get('Visor-Rows')).toBe('7');
    expect(headers?.get('Visor-Batch')).toBe('7');
    expect(headers?.get('Visor-Schema')).toBe('1');
    expect(headers?.get('Content-Type')).toBe('application/vnd.apache.arrow.stream');
    expect(headers?.get('Content-Encoding')).toBe('gzip');
    expect(headers?.has('Visor-Attempt')).toBe(false);
    expect(headers?.get('Nats-Msg-Id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(second?.header.get('Nats-Msg-Id')).not.toBe(headers?.get('Nats-Msg-Id'));
    expect(p.stats()).toMatchObject({ storedBatches: 2, storedRows: 15, retries: 0, waitingBytes: 0 });
  });

  it('publishes what came while NATS was away, every batch once', async () => {
    const { publisher: p, dropped } = publisher();
    await lose();
    const outcomes = Array.from({ length: 20 }, (_, i) => p.publish(batch(i + 1)));
    await nats.start();
    const sequences = (await Promise.all(outcomes)).map((o) => (o.kind === 'stored' ? o.sequence : 0));
    expect(new Set(sequences).size).toBe(20);
    expect((await bus.manager.streams.info(tracesStream)).state.messages).toBe(20);
    expect(dropped).toEqual([]);
  });

  it('makes the stream again after NATS lost it', async () => {
    const { publisher: p } = publisher();
    await p.publish(batch(1));
    await bus.manager.streams.delete(tracesStream);
    expect(await p.publish(batch(2))).toEqual({ kind: 'stored', sequence: 1 });
    expect((await stored(1))?.header.get('Visor-Attempt')).toBe('2');
    expect(p.stats().retries).toBeGreaterThan(0);
  });

  it('lets the oldest batches go when the queue is full, and says how many rows went', async () => {
    const { publisher: p, dropped } = publisher({ maxBytes: 300 });
    await lose();
    const outcomes = [1, 2, 3, 4, 5].map((n) => p.publish(batch(n, 100)));
    expect(dropped).toEqual([
      [1, 'queue_full'],
      [2, 'queue_full'],
    ]);
    await nats.start();
    expect((await Promise.all(outcomes)).map((o) => o.kind)).toEqual([
      'dropped',
      'dropped',
      'stored',
      'stored',
      'stored',
    ]);
  });

  it('drops a batch that is larger than the server takes', async () => {
    const { publisher: p, dropped } = publisher();
    expect(await p.publish(batch(1, 2 ** 20))).toEqual({ kind: 'dropped', cause: 'too_large' });
    expect(dropped).toEqual([[1, 'too_large']]);
  });

  it('tells of a batch that it drops where and when its events were seen', async () => {
    const span = { netns: 'blue', from_us: 5, until_us: 6 };
    const spans: unknown[] = [];
    const { publisher: p } = publisher({ onDropped: (_rows, _cause, dropped) => spans.push(dropped.span) });
    await p.publish({ ...batch(1, 2 ** 20), span });
    expect(spans).toEqual([span]);
  });

  it('waits in drain until all is stored, then takes no more', async () => {
    const { publisher: p, dropped } = publisher();
    const outcomes = [1, 2, 3].map((n) => p.publish(batch(n)));
    await p.drain(25_000);
    expect((await Promise.all(outcomes)).map((o) => o.kind)).toEqual(['stored', 'stored', 'stored']);
    expect(await p.publish(batch(4))).toEqual({ kind: 'dropped', cause: 'shutdown' });
    expect(dropped).toEqual([[4, 'shutdown']]);
  });

  it('counts what is left when the time to drain is over', async () => {
    const { publisher: p, dropped } = publisher();
    await lose();
    const outcome = p.publish(batch(5));
    await p.drain(20);
    expect(await outcome).toEqual({ kind: 'dropped', cause: 'shutdown' });
    expect(dropped).toEqual([[5, 'shutdown']]);
  });

  it('queues before there is a connection at all', async () => {
    let connected: (bus: Bus) => void = () => undefined;
    const { publisher: p } = publisher({ bus: new Promise<Bus>((resolve) => (connected = resolve)) });
    const outcome = p.publish(batch(1));
    expect(p.stats().waitingBatches).toBe(1);
    connected(bus);
    expect((await outcome).kind).toBe('stored');
  });

  it('takes an unexpected duplicate for what it is and publishes again under another id', async () => {
    const real = bus.js;
    let tries = 0;
    const ids: string[] = [];
    // A stream that knew the first id already: somebody else had used it.
    const js = new Proxy(real, {
      get: (target, key) =>
        key === 'publish'
          ? async (...args: Parameters<typeof real.publish>) => {
              ids.push(args[2]?.msgID ?? '');
              return tries++ === 0
                ? { stream: tracesStream, seq: 99, duplicate: true }
                : target.publish(...args);
            }
          : (Reflect.get(target, key) as unknown),
    });
    const guessed = new Proxy(bus, {
      get: (target, key) => {
        if (key === 'js') return js;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const { publisher: p } = publisher({ bus: guessed });
    expect(await p.publish(batch(1))).toEqual({ kind: 'stored', sequence: 1 });
    expect(p.stats().unexpectedDuplicates).toBe(1);
    expect(new Set(ids).size).toBe(2);
  });
});
