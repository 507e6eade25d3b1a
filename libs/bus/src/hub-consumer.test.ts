import { setTimeout as sleep } from 'node:timers/promises';
import { NatsServer, recordingLog } from '#testing/bus';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { alertSource, alertsStream, type Bus, connectBus, ensureStreams } from './index.js';
import { ensureHubConsumer, type FoundConsumer } from './hub-consumer.js';

const log = recordingLog();
let nats: NatsServer;
let bus: Bus;
let name: string;
let number = 0;

beforeAll(async () => {
  nats = await NatsServer.start();
  bus = await connectBus({ url: nats.url, name: 'test', log });
  await ensureStreams(bus, log);
});
afterAll(async () => {
  await bus.close();
  await nats.destroy();
});
beforeEach(() => {
  name = `c${number++}`;
});

const publish = async (): Promise<number> => (await bus.js.publish('visor.v1.alerts.info.x', 'x')).seq;
const ensure = (since_ms?: number): Promise<FoundConsumer> =>
  ensureHubConsumer(
    bus,
    { ...alertSource, consumer: name, ackWaitMs: 1000, maxAckPending: 1, ...(since_ms && { since_ms }) },
    log,
  );

it('begins with what came since a time, and says after which message that is', async () => {
  const before = await publish();
  await sleep(20);
  const since_ms = Date.now();
  await sleep(20);
  const first = await publish();
  expect(first).toBe(before + 1);
  expect(await ensure(since_ms)).toMatchObject({ made: true, settledThrough: before });
  const message = await (await bus.js.consumers.get(alertsStream, name)).next();
  expect(message?.seq).toBe(first);
});

it('says the end of the stream where nothing came since, also where the stream has nothing any more', async () => {
  const last = await publish();
  await sleep(20);
  expect(await ensure(Date.now())).toMatchObject({ made: true, settledThrough: last });
  await bus.manager.streams.purge(alertsStream);
  name += 'b';
  expect(await ensure(Date.now() - 60_000)).toMatchObject({ made: true, settledThrough: last });
});

it('says up to where one that was there has settled all', async () => {
  const before = await publish();
  await sleep(20);
  await ensure(Date.now());
  await publish();
  expect(await ensure()).toMatchObject({ made: false, settledThrough: before });
  const message = await (await bus.js.consumers.get(alertsStream, name)).next();
  await message?.ackAck();
  expect(await ensure()).toMatchObject({ made: false, settledThrough: before + 1 });
});
