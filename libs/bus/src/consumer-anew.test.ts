import { NatsServer, recordingLog } from '#testing/bus';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type Bus,
  connectBus,
  type DeliveryContext,
  ensureStreams,
  hubConsumer,
  StreamConsumer,
  subjects,
  traceSource,
  tracesStream,
} from './index.js';
import { ensureHubConsumer } from './hub-consumer.js';

const log = recordingLog();
let nats: NatsServer;
let bus: Bus;
let consumer: StreamConsumer;

beforeEach(async () => {
  nats = await NatsServer.start();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, log);
});
afterEach(async () => {
  await consumer.close();
  await bus.close();
  await nats.destroy();
});

it('takes for repeated what a consumer delivers that was made anew by another hub', async () => {
  const seen: [number, boolean][] = [];
  let pulls = 0;
  let paused = false;
  let goOn = (): void => undefined;
  const going = new Promise<void>((resolve) => (goOn = resolve));
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  consumer = new StreamConsumer({
    bus: Promise.resolve(bus),
    source: traceSource,
    log,
    ready: async () => {
      pulls++;
      if (seen.length < 2) return;
      paused = true;
      await going;
    },
  });
  const take = (_: Uint8Array, context: DeliveryContext): Promise<void> => {
    seen.push([context.info.sequence, context.repeated]);
    return Promise.resolve();
  };
  consumer.addHandler(subjects.allTraces, take, true);
  consumer.listen(() => undefined);
  await until(() => pulls > 0);
  for (const text of ['a', 'b']) await bus.js.publish(subjects.traces('web1'), text);
  await until(() => paused);
  await bus.manager.consumers.delete(tracesStream, hubConsumer);
  const wanted = { ...traceSource, ackWaitMs: 30_000, maxAckPending: 16 };
  await ensureHubConsumer(bus, wanted, log);
  await bus.js.publish(subjects.traces('web1'), 'c');
  goOn();
  await until(() => seen.length >= 5);
  expect(seen).toEqual([
    [1, false],
    [2, false],
    [1, true],
    [2, true],
    [3, true],
  ]);
});
