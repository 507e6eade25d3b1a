import { EventPattern, Payload } from '@nestjs/microservices';
import { Controller, type INestMicroservice } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { NatsServer, recordingLog, type RecordingLog } from '#testing/bus';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connectBus, ensureStreams, StreamConsumer, subjects, traceSource, type Bus } from './index.js';
import { betweenPulls } from './settler.js';

const patience = { timeout: 60_000, interval: 20 };
const taken: string[] = [];

@Controller()
class TextController {
  @EventPattern<string>('visor.v1.traces.*')
  take(@Payload() bytes: Uint8Array): void {
    taken.push(Buffer.from(bytes).toString());
  }
}

let nats: NatsServer;
let bus: Bus;
let log: RecordingLog;
let app: INestMicroservice | undefined;

beforeEach(async () => {
  nats = await NatsServer.start();
  log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, log);
  taken.length = 0;
});

afterEach(async () => {
  vi.restoreAllMocks();
  await app?.close();
  app = undefined;
  await bus.close();
  await nats.destroy();
});

/** As a server that forgets pulls. @returns how many it has forgotten */
function losePulls(most: number): () => number {
  let lost = 0;
  const publish = bus.connection.publish.bind(bus.connection);
  vi.spyOn(bus.connection, 'publish').mockImplementation((subject, ...rest) => {
    if (lost < most && subject.startsWith('$JS.API.CONSUMER.MSG.NEXT.')) lost++;
    else publish(subject, ...rest);
  });
  return () => lost;
}

async function consume(): Promise<void> {
  const module = await Test.createTestingModule({ controllers: [TextController] }).compile();
  const strategy = new StreamConsumer({ bus: Promise.resolve(bus), source: traceSource, log });
  app = module.createNestMicroservice({ strategy, logger: false });
  await app.listen();
}

const silences = (): unknown[] => log.lines.filter((line) => line.includes('does not answer a pull'));

it('pulls again where the server has forgotten a pull, and tells nobody', { timeout: 90_000 }, async () => {
  const lost = losePulls(1);
  await consume();
  await bus.js.publish(subjects.traces('web1'), 'a');
  await vi.waitFor(() => expect(taken).toEqual(['a']), patience);
  expect(lost()).toBe(1);
  expect(silences()).toEqual([]);
});

it('tells where the server says nothing of two in a row', { timeout: 90_000 }, async () => {
  losePulls(2);
  await consume();
  await vi.waitFor(() => expect(silences()).toHaveLength(1), patience);
  await bus.js.publish(subjects.traces('web1'), 'a');
  await vi.waitFor(() => expect(taken).toEqual(['a']), patience);
});

it.each([
  [0, 0],
  [250, 250],
  [1000, 1000],
  [1600, 2600],
  [2000, 3000],
  [2400, 3400],
  [5000, 5000],
  [60_000, 61_000],
])('has a message come again after %i ms between the ends of pulls of 2 s: after %i ms', (wanted, given) => {
  expect(betweenPulls(wanted, 2000)).toBe(given);
});
