import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AlertMessage, alertsStream, subjects } from '#bus';
import { TestAuthority } from '#testing/bus';
import { firingAlert, publishAlerts, resolvedAlert } from '../testing/alerts.js';
import { counted, startReplica, startTestHub, type TestHub } from '../testing/hub.js';
import { type Received, Receiver } from '../testing/receiver.js';
import { parseWebhooks } from './webhook-config.js';

vi.setConfig({ testTimeout: 60_000 });

const secret = '0123456789abcdef0123';

async function hubWith(...webhooks: readonly object[]): Promise<TestHub> {
  const hub = await startTestHub({ alertWebhooks: parseWebhooks(webhooks) });
  onTestFinished(() => hub.destroy());
  return hub;
}
const outcomes = (hub: Pick<TestHub, 'counters'>, outcome: string): number =>
  hub.counters.counter('webhook_notices', outcome).value;
const alertsOf = (receiver: Receiver): AlertMessage[] =>
  receiver.got.map(({ json }) => (json as { alert: AlertMessage }).alert);
const statesOf = (receiver: Receiver, from = 0): string[] =>
  alertsOf(receiver)
    .slice(from)
    .map(({ id, state }) => `${id} ${state}`);

describe('a webhook', () => {
  it('gets each alert once, signed', async () => {
    const receiver = await Receiver.start();
    const hub = await hubWith({ name: 'a', url: receiver.url, secret, authorization: 'Bearer xyz' });
    const alert = firingAlert();
    await publishAlerts(hub.bus, alert, resolvedAlert(alert), alert);
    const [first] = await receiver.has(2);
    expect(first?.json).toEqual({ kind: 'alert', alert });
    expect(statesOf(receiver)).toEqual(['a1 firing', 'a1 resolved']);
    const { headers = {}, body = '' }: Partial<Received> = first ?? {};
    const timestamp = String(headers['visor-timestamp']);
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60);
    const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    expect(headers).toMatchObject({
      'visor-signature': `sha256=${signature}`,
      'visor-delivery': 'a1.firing',
      'content-type': 'application/json',
      authorization: 'Bearer xyz',
    });
  });

  it('that hangs, fails, or is not there holds up nobody else, and gets all later, in order', async () => {
    const good = await Receiver.start();
    const hanging = await Receiver.start(() => undefined);
    const failing = await Receiver.start((response) => void response.writeHead(500).end('out of order'));
    const gone = await Receiver.start();
    const { url } = gone;
    gone.stop();
    const hub = await hubWith(
      { name: 'hanging', url: hanging.url, timeout: '500ms' },
      { name: 'failing', url: failing.url },
      { name: 'gone', url },
      { name: 'good', url: good.url },
    );
    const alerts = Array.from({ length: 20 }, (_, i) => firingAlert({ id: `a${i}` }));
    await publishAlerts(hub.bus, ...alerts.flatMap((alert) => [alert, resolvedAlert(alert)]));
    await good.has(40);
    await counted(hub, 'alerts_stored', 40);
    // The first of them again and again, and none after it.
    await hanging.has(2);
    await failing.has(2);
    expect(new Set([...statesOf(hanging), ...statesOf(failing)])).toEqual(new Set(['a0 firing']));
    const metrics = (await hub.nest.inject('/metrics')).body;
    expect(metrics).toContain('visor_hub_webhook_failing{webhook="hanging"} 1');
    expect(metrics).toContain('visor_hub_webhook_failing{webhook="good"} 0');
    for (const one of [hanging, failing]) {
      one.got.length = 0;
      one.answer = (response) => void response.writeHead(200).end('thank you');
      // One that had begun before may be among them: it comes again.
      const different = (): string[] => [...new Set(statesOf(one))];
      await vi.waitUntil(() => different().length === 40, { timeout: 40_000 });
      expect(different()).toEqual(statesOf(good));
    }
    expect(outcomes(hub, 'dead')).toBe(0);
    const said = hub.log.lines.join('\n');
    expect(said).toContain('it answered 500 "out of order"; trying again');
    expect(said).toContain('it did not answer within 0.5 s');
    expect(said).toMatch(/ECONNREFUSED/);
    // The path of an address may be a secret.
    expect(said).not.toContain('s3cret');
  });

  it('that refuses an alert for good, or too long, does not get it again: it is shown', async () => {
    const strict = await Receiver.start(
      (response, { body }) =>
        void response.writeHead(body.includes('bad') ? 400 : 302, { location: '/' }).end('no thanks'),
    );
    const late = await Receiver.start((response) => void response.writeHead(503).end());
    const hub = await hubWith(
      { name: 'strict', url: strict.url },
      { name: 'late', url: late.url, 'give-up-after': '3s' },
    );
    const shown: string[] = [];
    hub.bus.connection.subscribe(subjects.rejected, {
      callback: (_, message) =>
        void shown.push(`${message.headers?.get('Visor-Reason')} ${message.string()}`),
    });
    const bad = firingAlert({ id: 'bad' });
    await publishAlerts(hub.bus, bad, firingAlert({ id: 'moved' }), resolvedAlert(bad));
    await counted(hub, 'webhook_notices', 4, 'dead');
    // The resolve of what was never taken is not told.
    await counted(hub, 'webhook_notices', 2, 'unpaired');
    expect(statesOf(strict)).toEqual(['bad firing', 'moved firing']);
    expect(late.got.length).toBeGreaterThan(2);
    await vi.waitFor(() => expect(shown).toHaveLength(4), { timeout: 10_000 });
    expect(shown.join('\n')).toMatch(
      /webhook: webhook strict at http:\/\/127.0.0.1:\d+\/\?: it answered 400 "no thanks"; /,
    );
    expect(shown.join('\n')).toMatch(/it answered 503; it is given up after 3 s/);
    expect(shown.every((text) => text.includes('"rule":"port-scan"'))).toBe(true);
  });

  it('gets what it asks for: severity, matchers, nothing that is silenced but for what it knows of', async () => {
    const receiver = await Receiver.start();
    const hub = await hubWith({
      name: 'a',
      url: receiver.url,
      'min-severity': 'warning',
      match: ['labels.team=net', 'ip_src!=10.9.*'],
    });
    const known = firingAlert({ id: 'known' });
    const silent = firingAlert({ id: 'silent', silenced: true });
    await publishAlerts(
      hub.bus,
      firingAlert({ id: 'info', severity: 'info' }),
      firingAlert({ id: 'other', labels: {} }),
      firingAlert({ id: 'nine', group: { ip_src: '10.9.0.1' } }),
      known,
      silent,
      // Silenced meanwhile, and no more silenced: who was told of the one hears of its end, who was not of the other does not.
      resolvedAlert(known, { silenced: true }),
      resolvedAlert(silent, { silenced: false }),
      firingAlert({ id: 'last' }),
    );
    await receiver.has(3);
    expect(statesOf(receiver)).toEqual(['known firing', 'known resolved', 'last firing']);
    expect(outcomes(hub, 'unwanted')).toBe(3);
    expect([outcomes(hub, 'silenced'), outcomes(hub, 'unpaired')]).toEqual([1, 1]);
  });

  it('is told of a storm in one summary, and of the end of all that it was told of', async () => {
    const receiver = await Receiver.start();
    const hub = await hubWith({ name: 'a', url: receiver.url, 'max-per-minute': 5 });
    const alerts = Array.from({ length: 200 }, (_, i) => firingAlert({ id: `s${i}`, rule: `r${i % 2}` }));
    await publishAlerts(hub.bus, ...alerts, ...alerts.map((alert) => resolvedAlert(alert)));
    await counted(hub, 'webhook_notices', 390, 'held');
    await receiver.has(10);
    expect(statesOf(receiver)).toEqual([
      ...Array.from({ length: 5 }, (_, i) => `s${i} firing`),
      ...Array.from({ length: 5 }, (_, i) => `s${i} resolved`),
    ]);
    // At its end it tells what is still to be told.
    await hub.nest.close();
    const summary = (await receiver.has(11))[10]?.json;
    expect(summary).toEqual({
      kind: 'held',
      held: {
        since: expect.any(String) as string,
        until: expect.any(String) as string,
        firing: 195,
        resolved: 195,
        rules: { r0: 194, r1: 196 },
      },
    });
  });

  it('goes on after its hub is gone where it was, of another hub too; one that is new begins with the last minute', async () => {
    const receiver = await Receiver.start();
    const webhook = { name: 'a', url: receiver.url };
    const hub = await hubWith(webhook);
    const alert = firingAlert();
    await publishAlerts(hub.bus, alert);
    await receiver.has(1);
    const fresh = await Receiver.start();
    const replica = await startReplica(hub, {
      alertWebhooks: parseWebhooks([webhook, { name: 'fresh', url: fresh.url }]),
    });
    await hub.nest.close();
    // Whoever knows nothing of its firing asks the table, which has it or not.
    await publishAlerts(hub.bus, resolvedAlert(alert), firingAlert({ id: 'a2' }));
    await receiver.has(3);
    expect(statesOf(receiver)).toEqual(['a1 firing', 'a1 resolved', 'a2 firing']);
    const made = () => hub.bus.manager.consumers.info(alertsStream, 'webhook-fresh');
    const consumer = await vi.waitFor(made, { timeout: 30_000 });
    expect(consumer.config).toMatchObject({ max_ack_pending: 1, inactive_threshold: 7 * 86_400e9 });
    // The clocks of hubs differ: it begins a minute before its start.
    expect(consumer.config.opt_start_seq).toBe(1);
    await replica.destroy();
  });

  it('is told by one hub at a time, and a storm goes over to the next with what was held back', async () => {
    const receiver = await Receiver.start();
    const webhook = { name: 'a', url: receiver.url, 'max-per-minute': 6 };
    const hub = await hubWith(webhook);
    await publishAlerts(hub.bus, firingAlert({ id: 'first' }));
    await receiver.has(1);
    const replica = await startReplica(hub, { alertWebhooks: parseWebhooks([webhook]) });
    const alerts = Array.from({ length: 100 }, (_, i) => firingAlert({ id: `s${i}` }));
    await publishAlerts(hub.bus, ...alerts);
    await counted(hub, 'webhook_notices', 95, 'held');
    expect([outcomes(replica, 'taken'), outcomes(replica, 'held')]).toEqual([0, 0]);
    const metrics = async (of: Pick<TestHub, 'nest'>) => (await of.nest.inject('/metrics')).body;
    expect(await metrics(hub)).toContain('visor_hub_webhook_failing{webhook="a"} 0');
    expect(await metrics(replica)).not.toContain('visor_hub_webhook_failing{');
    await hub.nest.close();
    expect((await receiver.has(7))[6]?.json).toMatchObject({ held: { firing: 95, resolved: 0 } });
    // The other one knows of which it was told, though none of that is in its memory.
    await publishAlerts(hub.bus, ...alerts.map((alert) => resolvedAlert(alert)), firingAlert({ id: 'more' }));
    await counted(replica, 'webhook_notices', 96, 'held');
    await receiver.has(12);
    expect(statesOf(receiver, 7)).toEqual(Array.from({ length: 5 }, (_, i) => `s${i} resolved`));
    await replica.destroy();
    expect((await receiver.has(13))[12]?.json).toMatchObject({ held: { firing: 1, resolved: 95 } });
  });

  it('over TLS is told only where its certificate is of somebody who is trusted', async () => {
    const authority = new TestAuthority();
    onTestFinished(() => authority.remove());
    const { cert, key } = authority.sign('hook', 'IP:127.0.0.1');
    const tls = { cert: readFileSync(cert), key: readFileSync(key) };
    const known = await Receiver.start(undefined, tls);
    const unknown = await Receiver.start(undefined, tls);
    const hub = await hubWith(
      { name: 'known', url: known.url, ca: authority.ca },
      { name: 'unknown', url: unknown.url },
    );
    await publishAlerts(hub.bus, firingAlert());
    await known.has(1);
    await hub.log.next(/^webhook unknown at https:.*(certificate|issuer)/);
    expect(unknown.got).toEqual([]);
  });

  it('whose authorities cannot be read ends the start with its key', () => {
    const webhook = { name: 'a', url: 'https://x', ca: '/nonexistent/ca.pem' };
    expect(() => parseWebhooks([webhook])).toThrow(
      'alerts.webhooks[0].ca: "/nonexistent/ca.pem" cannot be read (there is no such file); give the path of a PEM file',
    );
  });

  it('that hangs does not hold up the end of the hub; its alert comes again', async () => {
    const receiver = await Receiver.start(() => undefined);
    const webhook = { name: 'a', url: receiver.url, timeout: '60s' };
    const hub = await hubWith(webhook);
    await publishAlerts(hub.bus, firingAlert());
    await receiver.has(1);
    const began = performance.now();
    await hub.nest.close();
    expect(performance.now() - began).toBeLessThan(20_000);
    receiver.answer = (response) => void response.writeHead(200).end();
    const replica = await startReplica(hub, { alertWebhooks: parseWebhooks([webhook]) });
    await receiver.has(2);
    expect(statesOf(receiver)).toEqual(['a1 firing', 'a1 firing']);
    await replica.destroy();
  });
});
