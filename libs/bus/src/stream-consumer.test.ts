import { Controller, UseFilters, type INestMicroservice } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { EventEmitter, once } from 'node:events';
import { NatsServer, recordingLog, type RecordingLog } from '#testing/bus';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  connectBus,
  DeliveryContext,
  DeliveryErrors,
  ensureStreams,
  hubConsumer,
  RejectBatch,
  RetryLater,
  subjects,
  StreamConsumer,
  traceSource,
  tracesStream,
  type Bus,
} from './index.js';
import { publishBatches } from './testing/publishing.js';
import { settlementsOf } from './testing/settlements.js';

type Handler = (bytes: Uint8Array, context: DeliveryContext) => Promise<void>;

const handling: { handler: Handler } = { handler: () => Promise.resolve() };

@Controller()
@UseFilters(DeliveryErrors)
class BatchController {
  @EventPattern<string>('visor.v1.traces.*')
  async take(@Payload() bytes: Uint8Array, @Ctx() context: DeliveryContext): Promise<void> {
    await handling.handler(bytes, context);
  }
}

let nats: NatsServer;
let bus: Bus;
let app: INestMicroservice | undefined;
let log: RecordingLog;
let settled: EventEmitter;

beforeEach(async () => {
  nats = await NatsServer.start();
  log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, log);
  settled = new EventEmitter();
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  await bus.close();
  await nats.destroy();
});

/** Starts a hub whose handler is `handler`; settlements arrive as events of `settled`. */
async function consume(
  handler: Handler,
  options: { ackWaitMs?: number; concurrency?: number } = {},
): Promise<void> {
  handling.handler = handler;
  const strategy = new StreamConsumer({
    bus: Promise.resolve(bus),
    source: traceSource,
    log,
    errorDelayMs: 20,
    onSettled: (settlement, reason) => settled.emit('settled', settlement, reason),
    ...options,
  });
  const module = await Test.createTestingModule({ controllers: [BatchController] }).compile();
  app = module.createNestMicroservice({ strategy, logger: false });
  await app.listen();
  // What is published before the consumer stands may count as delivered before.
  while (!(await bus.manager.consumers.info(tracesStream, hubConsumer).catch(() => undefined))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const publish = (...rows: number[]): Promise<unknown> => publishBatches(bus, log, ...rows);

/** Waits until NATS knows so of the consumer: it goes over acknowledgements after it has taken them. */
const untilPending = (wanted: { unread?: number; unsettled: number; floor?: number }): Promise<void> =>
  vi.waitFor(
    async () => {
      const info = await bus.manager.consumers.info(tracesStream, hubConsumer);
      const found = {
        unread: info.num_pending,
        unsettled: info.num_ack_pending,
        floor: info.ack_floor.stream_seq,
      };
      expect(found).toMatchObject(wanted);
    },
    { timeout: 20_000, interval: 20 },
  );

describe('StreamConsumer', () => {
  it('hands over batches in order and acknowledges each after its handler', async () => {
    const seen: number[] = [];
    let running = 0;
    await consume(async (bytes, context) => {
      expect(++running).toBe(1);
      expect(context.info).toMatchObject({ subject: 'visor.v1.traces.web1', deliveries: 1, attempt: 1 });
      expect(context.repeated).toBe(false);
      await Promise.resolve();
      seen.push(bytes[0] ?? 0);
      running--;
    });
    const done = settlementsOf(settled, 5);
    await publish(1, 2, 3, 4, 5);
    expect((await done).map(([settlement]) => settlement)).toEqual(Array(5).fill('stored'));
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    await untilPending({ unread: 0, unsettled: 0, floor: 5 });
  });

  it('marks what the stream held before: a server that crashed may have forgotten that it delivered it', async () => {
    const repeated: [number, boolean][] = [];
    await publish(1);
    const done = settlementsOf(settled, 2);
    await consume((bytes, context) => {
      repeated.push([bytes[0] ?? 0, context.repeated]);
      return Promise.resolve();
    });
    await publish(2);
    await done;
    expect(repeated).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  it('gives a batch again, marked, after RetryLater and after an unexpected error', async () => {
    const deliveries: [number, boolean][] = [];
    await consume((_bytes, context) => {
      deliveries.push([context.info.deliveries, context.repeated]);
      if (deliveries.length === 1) return Promise.reject(new RetryLater('ClickHouse is away', 10));
      if (deliveries.length === 2) return Promise.reject(new TypeError('x is undefined'));
      return Promise.resolve();
    });
    const done = settlementsOf(settled, 3);
    await publish(1);
    expect((await done).map(([settlement]) => settlement)).toEqual(['retry', 'error', 'stored']);
    expect(deliveries).toEqual([
      [1, false],
      [2, true],
      [3, true],
    ]);
    expect(log.lines.join()).toContain('TypeError: x is undefined');
  });

  it('shows a rejected batch with its reason and does not deliver it again', async () => {
    const rejected = bus.connection.subscribe(subjects.rejected, { max: 1 });
    await consume((bytes) =>
      bytes[0] === 1 ? Promise.reject(new RejectBatch('schema', 'column x\nis unknown')) : Promise.resolve(),
    );
    const done = settlementsOf(settled, 2);
    await publish(1, 2);
    expect(await done).toEqual([
      ['rejected', 'schema'],
      ['stored', ''],
    ]);
    for await (const message of rejected) {
      expect([...message.data]).toEqual([1]);
      expect(message.headers?.get('Visor-Reason')).toBe('schema: column x?is unknown');
      expect(message.headers?.get('Visor-Subject')).toBe('visor.v1.traces.web1');
      expect(message.headers?.get('Visor-Sequence')).toBe('1');
    }
    await untilPending({ unread: 0, unsettled: 0, floor: 2 });
  });

  it('keeps a slow batch to itself: the server hears that it is being worked on', async () => {
    let deliveries = 0;
    let finish = (): void => undefined;
    await consume(
      () => {
        deliveries++;
        return new Promise((resolve) => (finish = resolve));
      },
      { ackWaitMs: 2000 },
    );
    const told: number[] = [];
    bus.connection.subscribe(`$JS.ACK.${tracesStream}.${hubConsumer}.>`, {
      callback: (_, message) => {
        if (message.string() === '+WPI') told.push(performance.now());
      },
    });
    const done = settlementsOf(settled, 1);
    await publish(1);
    const published_ms = performance.now();
    // Beyond the time after which the server would deliver it again.
    await vi.waitFor(() => expect(told.at(-1)).toBeGreaterThan(published_ms + 2500), { timeout: 25_000 });
    finish();
    await done;
    expect(deliveries).toBe(1);
    await untilPending({ unsettled: 0, floor: 1 });
  });

  it('handles several at a time where it is told to, and acknowledges each by itself', async () => {
    let running = 0;
    let most = 0;
    let release = (): void => undefined;
    const together = new Promise<void>((resolve) => (release = resolve));
    await consume(
      async (bytes) => {
        most = Math.max(most, ++running);
        if (running === 3) release();
        await together;
        running--;
        if (bytes[0] === 2) throw new RejectBatch('schema', 'two is none');
      },
      { concurrency: 3 },
    );
    const done = settlementsOf(settled, 3);
    await publish(1, 2, 3);
    expect((await done).map(([settlement]) => settlement).sort()).toEqual(['rejected', 'stored', 'stored']);
    expect(most).toBe(3);
    await untilPending({ unread: 0, unsettled: 0 });
  });

  it('goes on after a restart of NATS', async () => {
    await consume(() => Promise.resolve());
    const first = settlementsOf(settled, 1);
    await publish(1);
    await first;
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    await nats.start();
    await bus.whenConnected();
    const second = once(settled, 'settled');
    await publish(2);
    expect((await second)[0]).toBe('stored');
  });

  it('makes stream and consumer again when NATS lost its disk', async () => {
    await consume(() => Promise.resolve());
    const first = settlementsOf(settled, 1);
    await publish(1);
    await first;
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    nats.loseStore();
    await nats.start();
    await bus.whenConnected();
    const second = once(settled, 'settled');
    await publish(2);
    expect((await second)[0]).toBe('stored');
  });

  it('closes while it still waits for NATS', async () => {
    const strategy = new StreamConsumer({
      bus: new Promise<Bus>(() => undefined),
      source: traceSource,
      log,
    });
    strategy.listen(() => undefined);
    await expect(strategy.close()).resolves.toBeUndefined();
  });

  it('finishes the running handler and acknowledges before it closes', async () => {
    let finish = (): void => undefined;
    const started = new Promise<void>((begun) => {
      void consume(
        () =>
          new Promise((resolve) => {
            finish = resolve;
            begun();
          }),
      ).then(() => publish(1, 2));
    });
    await started;
    const closing = app?.close();
    finish();
    await closing;
    app = undefined;
    await untilPending({ unread: 1, unsettled: 0, floor: 1 });
  });
});
