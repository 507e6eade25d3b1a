import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { alertsStream, type Bus, connectBus, StateBucket } from '#bus';
import { HubParts } from '../parts.js';
import { firingAlert, publishAlerts, resolvedAlert } from '../testing/alerts.js';
import { counted, startTestHub, type TestHub } from '../testing/hub.js';
import { Receiver } from '../testing/receiver.js';
import { parseWebhooks } from './webhook-config.js';
import { WebhookTerm } from './webhook-term.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.destroy());

interface Killable {
  readonly term: WebhookTerm;
  /** Ends it with all that it was to say. */
  close(): Promise<void>;
  /** As SIGKILL: nothing is told, and nothing kept. */
  kill(): Promise<void>;
}

/** One hub's part of the work. */
async function start(
  url: string,
  perMinute: number,
  onBacklog: (messages: number) => void = () => undefined,
): Promise<Killable> {
  const bus: Bus = await connectBus({ url: hub.nats.url, name: 'one', log: hub.log, retryMs: 50 });
  const [config] = parseWebhooks([{ name: 'a', url, 'max-per-minute': perMinute }]);
  if (!config) throw new Error('there is no webhook');
  const end = new AbortController();
  let held = true;
  const term = new WebhookTerm({
    parts: hub.nest.get(HubParts),
    bus,
    bucket: new StateBucket(Promise.resolve(bus)),
    config,
    since_ms: Date.now() - 1000,
    fateOf: () => Promise.resolve('told'),
    onBacklog,
    held: () => held,
  });
  const done = term.run(end.signal);
  const close = async (): Promise<void> => {
    end.abort();
    await done.catch(() => undefined);
    await bus.close();
  };
  const kill = async (): Promise<void> => {
    held = false;
    await bus.close();
    await close();
  };
  onTestFinished(close);
  return { term, close, kill };
}

const outcome = (name: string): number => hub.counters.counter('webhook_notices', name).value;
const heldFirings = (receiver: Receiver): number[] =>
  receiver.got.flatMap(({ json }) => (json as { held?: { firing: number } }).held?.firing ?? []);

it('what a hub held back that is killed is told by the next one, also of its last moment', async () => {
  const receiver = await Receiver.start();
  const first = await start(receiver.url, 3);
  const alerts = Array.from({ length: 400 }, (_, i) => firingAlert({ id: `k${i}` }));
  await publishAlerts(hub.bus, ...alerts.slice(0, 200));
  await counted(hub, 'webhook_notices', 197, 'held');
  await vi.waitFor(async () => {
    const kept = await hub.bus.manager.consumers.info('VISOR_ALERTS', 'webhook-a');
    expect(kept.num_ack_pending).toBe(0);
  }, 30_000);
  await publishAlerts(hub.bus, ...alerts.slice(200));
  await counted(hub, 'webhook_notices', 397, 'held');
  await first.kill();
  expect(heldFirings(receiver)).toEqual([]);
  const second = await start(receiver.url, 3);
  // It knows of each what became of it.
  await publishAlerts(hub.bus, ...alerts.map((alert) => resolvedAlert(alert)));
  await counted(hub, 'webhook_notices', 397 + 397, 'held');
  await receiver.has(6);
  await second.close();
  const [summary] = (await receiver.has(7)).slice(-1);
  expect(summary?.json).toMatchObject({ kind: 'held', held: { firing: 397, resolved: 397 } });
  expect(receiver.got).toHaveLength(7);
});

it('what is kept of it and cannot be read is told, and begins anew', async () => {
  const receiver = await Receiver.start();
  const bucket = new StateBucket(Promise.resolve(hub.bus));
  await bucket.put('webhook.a', Buffer.from('{"set":"x"}'));
  const term = await start(receiver.url, 3);
  await hub.log.next(/^what is kept of webhook a cannot be read \(its head is none\)/);
  await publishAlerts(hub.bus, firingAlert({ id: 'after' }));
  await receiver.has(1);
  await term.close();
});

it('what the stream dropped before it was taken is counted and told', async () => {
  const receiver = await Receiver.start((response) => void response.writeHead(500).end());
  const term = await start(receiver.url, 100);
  const before = outcome('gone');
  await publishAlerts(hub.bus, ...Array.from({ length: 10 }, (_, i) => firingAlert({ id: `g${i}` })));
  await receiver.has(1);
  await hub.bus.manager.streams.purge(alertsStream, { keep: 2 });
  receiver.answer = (response) => void response.writeHead(204).end();
  await hub.log.next(/^8 alerts were dropped from the stream before webhook a had taken them/);
  expect(outcome('gone') - before).toBe(8);
  const ids = () => receiver.got.map(({ json }) => (json as { alert?: { id: string } }).alert?.id);
  await vi.waitFor(() => expect([...new Set(ids())]).toEqual(['g0', 'g8', 'g9']), { timeout: 30_000 });
  await term.close();
});

it('whose place in the stream was forgotten is new, and misses nothing of before', async () => {
  const receiver = await Receiver.start();
  await (await start(receiver.url, 100)).close();
  const before = outcome('gone');
  await hub.bus.manager.consumers.delete(alertsStream, 'webhook-a');
  await publishAlerts(hub.bus, ...['f1', 'f2'].map((id) => firingAlert({ id })));
  await hub.bus.manager.streams.purge(alertsStream);
  await start(receiver.url, 100);
  const made = () => hub.bus.manager.consumers.info(alertsStream, 'webhook-a');
  await vi.waitFor(made, { timeout: 30_000 });
  await publishAlerts(hub.bus, firingAlert({ id: 'f3' }));
  await receiver.has(1);
  expect(receiver.got[0]?.json).toMatchObject({ alert: { id: 'f3' } });
  expect(outcome('gone')).toBe(before);
});

it('how many alerts wait is known also while the first of them waits for its next try', async () => {
  const receiver = await Receiver.start(
    (response) => void response.writeHead(503, { 'retry-after': '60' }).end(),
  );
  let backlog = -1;
  const term = await start(receiver.url, 100, (messages) => (backlog = messages));
  await publishAlerts(hub.bus, firingAlert({ id: 'b0' }));
  await receiver.has(1);
  await publishAlerts(hub.bus, ...['b1', 'b2', 'b3'].map((id) => firingAlert({ id })));
  await vi.waitFor(() => expect(backlog).toBe(3), { timeout: 40_000 });
  expect(receiver.got).toHaveLength(1);
  await term.close();
});
