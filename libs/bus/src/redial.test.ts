import { NatsServer, recordingLog } from '#testing/bus';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Bus, connectBus } from './index.js';

let nats: NatsServer;
let bus: Bus;

const hour_ms = 3_600_000;

beforeEach(async () => {
  nats = await NatsServer.start();
});

afterEach(async () => {
  vi.useRealTimers();
  await bus.close();
  await nats.destroy();
});

it('comes back at once though the clock was set back while NATS was away', async () => {
  const log = recordingLog();
  const now_ms = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: now_ms + hour_ms });
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await nats.stop('SIGKILL');
  await log.next(/is gone/);
  vi.setSystemTime(now_ms);
  await nats.start();
  await bus.whenConnected(AbortSignal.timeout(20_000));
  expect(bus.connected).toBe(true);
});

it('does not try without a pause where nobody answers, with a clock that was set back', async () => {
  const log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 200 });
  let tries = 0;
  void (async () => {
    for await (const status of bus.connection.status()) if (status.type === 'reconnecting') tries++;
  })();
  await nats.stop('SIGKILL');
  await log.next(/is gone/);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - hour_ms });
  const before = performance.now();
  const tick = setInterval(() => vi.setSystemTime(Date.now() + 10), 10);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  clearInterval(tick);
  expect(tries).toBeLessThanOrEqual(2 + (performance.now() - before) / 200);
  await nats.start();
});
