import { setTimeout as sleep } from 'node:timers/promises';
import { HeldWay, NatsServer, recordingLog } from '#testing/bus';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  connectBus,
  ensureStreams,
  hubConsumer,
  StreamConsumer,
  subjects,
  traceSource,
  tracesStream,
  type Bus,
} from './index.js';

const patience = { timeout: 60_000, interval: 20 };
const slow = { timeout: 120_000 };
let nats: NatsServer;
/** Of the test itself, and of the hub. */
let bus: Bus;
let hubBus: Bus;
let way: HeldWay;
let consumer: StreamConsumer;

beforeEach(async () => {
  nats = await NatsServer.start();
  way = await HeldWay.to(nats.port);
  const log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  hubBus = await connectBus({ url: way.url, name: 'hub', log, retryMs: 50 });
  await ensureStreams(bus, log);
});

afterEach(async () => {
  way.letGo();
  await consumer.close();
  await hubBus.close();
  await bus.close();
  way.close();
  await nats.destroy();
});

/** What the hub asks of the server for messages. */
function requests(then: () => void = () => undefined): { batch: number; max_bytes: number }[] {
  const asked: { batch: number; max_bytes: number }[] = [];
  bus.connection.subscribe(`$JS.API.CONSUMER.MSG.NEXT.${tracesStream}.${hubConsumer}`, {
    callback: (_, message) => {
      asked.push(message.json());
      then();
    },
  });
  return asked;
}

const info = () => bus.manager.consumers.info(tracesStream, hubConsumer);
const publish = (text: string | Uint8Array) => bus.js.publish(subjects.traces('web1'), text);

/** @returns what the hub was given: text and how often it was delivered */
function consume(concurrency = 1, maxBytes = Infinity): [string, number][] {
  const taken: [string, number][] = [];
  consumer = new StreamConsumer({
    bus: Promise.resolve(hubBus),
    source: traceSource,
    log: recordingLog(),
    // What is not taken when it comes is not seen again in this test.
    ackWaitMs: 3_600_000,
    maxAckPending: 1000,
    concurrency,
    maxBytes,
  });
  const take = (bytes: Uint8Array, { info }: { info: { deliveries: number } }): Promise<void> => {
    taken.push([Buffer.from(bytes.subarray(0, 10)).toString(), info.deliveries]);
    return Promise.resolve();
  };
  consumer.addHandler(subjects.allTraces, take as Parameters<StreamConsumer['addHandler']>[1], true);
  consumer.listen(() => undefined);
  return taken;
}

it(
  'takes at once what NATS delivered while nothing came through for longer than a pull lasts',
  slow,
  async () => {
    const taken = consume();
    await vi.waitFor(async () => expect((await info()).num_waiting).toBe(1), patience);
    way.hold();
    await publish('late');
    await vi.waitFor(async () => expect((await info()).num_ack_pending).toBe(1), patience);
    // Longer than a client waits for a heartbeat, or for the end of the pull.
    await sleep(5000);
    expect(taken).toEqual([]);
    way.letGo();
    await vi.waitFor(() => expect(taken).toEqual([['late', 1]]), patience);
    await vi.waitFor(async () => expect((await info()).num_ack_pending).toBe(0), patience);
    // and goes on
    await publish('next');
    await vi.waitFor(() => expect(taken).toEqual([['late', 1], ['next', 1]]), patience); // prettier-ignore
  },
);

it('asks for no more bytes at once than it has room for, though it has seen no message yet', async () => {
  const asked = requests();
  await bus.connection.flush();
  const taken = consume(1000, 16 * 2 ** 20);
  await vi.waitFor(() => expect(asked).toHaveLength(1), patience);
  await publish(new Uint8Array(100));
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(1), patience);
  expect(taken).toHaveLength(1);
  // of 1 MiB each; then of 100 bytes
  expect(asked.slice(0, 2)).toMatchObject([
    { batch: 16, max_bytes: 32 * 2 ** 20 },
    { batch: 256, max_bytes: 32 * 2 ** 20 },
  ]);
});

it(
  'is given each message once though it reads late: NATS ends a connection that has 64 MiB on the way to it',
  slow,
  async () => {
    const large = new Uint8Array(900_000);
    const count = 100;
    for (let n = 0; n < count; n++) await publish(large);
    const ended = vi.fn();
    hubBus.onDisconnected(ended);
    const asked = requests(() => {
      // Only the first: the later ones ask for as many as there is room for by then.
      if (asked.length === 1) way.hold();
    });
    await bus.connection.flush();
    const taken = consume(1000, 128 * 2 ** 20);
    await vi.waitFor(() => expect(asked).toHaveLength(1), patience);
    await sleep(2000);
    way.letGo();
    await vi.waitFor(() => expect(taken).toHaveLength(count), patience);
    expect(ended).not.toHaveBeenCalled();
    expect((await info()).delivered).toMatchObject({ consumer_seq: count, stream_seq: count });
  },
);
