import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type AlertMessage, type Bus, connectBus } from '#bus';
import {
  ask,
  cli,
  connectTcp,
  type Daemon,
  describeAsRoot,
  eventually,
  freePort,
  hearAlerts,
  type Lab,
  link,
  Nats,
  type Namespace,
  openLab,
  receiveAlerts,
  scanPorts,
  startAgent,
  startHub,
  startTcpServer,
  storedAlerts,
} from './support/index.js';

/** What is waited for in one test may come late on a machine that has much to do. */
vi.setConfig({ testTimeout: 300_000 });

/** One door is open; who knocks elsewhere is not answered. */
const ruleset = `
table inet t {
  chain in {
    type filter hook prerouting priority raw; policy drop;
    tcp flags & (syn | ack) == syn meta nftrace set 1
    tcp dport 80 accept
    tcp flags & (ack | rst) != 0 accept
  }
}`;

/** The one that comes with Visor, but for how long it takes until it is over. */
const rules = `
alerts:
  - ready: port-scan
    resolve-after: 3s
`;

/** What the issue of an alert may take, from the packet that makes it one. */
const promptMs = 3000;

const quiet = (): void => undefined;
const log = { debug: quiet, log: quiet, warn: quiet, error: quiet };

const parseLines = (text: string): string[][] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AlertMessage)
    .map(({ id, rule, state }) => [id, rule, state]);

describeAsRoot('a port scan', () => {
  let lab: Lab;
  let nats: Nats;
  let bus: Bus;
  let client: Namespace;
  let web: Namespace;
  let env: Record<string, string>;

  beforeAll(async () => {
    lab = await openLab();
    [client, web] = [await lab.namespace('client'), await lab.namespace('web')];
    await link(
      { namespace: client, name: 'eth0', addresses: ['10.9.0.1/24'] },
      { namespace: web, name: 'wan', addresses: ['10.9.0.2/24'] },
    );
    await web.nft(ruleset);
    await startTcpServer(lab, web, 80);
  });
  afterAll(() => lab.close());

  beforeEach(async () => {
    nats = await Nats.start(lab);
    bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
    const directory = lab.directory('alerts');
    writeFileSync(join(directory, 'scan.yaml'), rules);
    env = { TH_ALERTS_DIRECTORY: directory, TH_ALERTS_READY: '' };
  });
  afterEach(() => bus.close());

  const rulesOf = async (hub: Daemon) =>
    JSON.parse(await ask(hub, '/api/v1/alerts/rules')) as { evaluates: boolean };
  const evaluating = async (...hubs: Daemon[]): Promise<Daemon | undefined> => {
    const answers = await Promise.all(hubs.map(async (hub) => ({ hub, ...(await rulesOf(hub)) })));
    return answers.find(({ evaluates }) => evaluates)?.hub;
  };
  const untilEvaluating = async (...hubs: Daemon[]): Promise<Daemon> => {
    const hub = await eventually(
      () => evaluating(...hubs),
      (found) => found !== undefined,
      { timeout_ms: 60_000, stable_ms: 0 },
    );
    if (!hub) throw new Error('no hub evaluates the rules');
    return hub;
  };
  const scan = (from: number, count: number, gapMs = 0): Promise<void> =>
    scanPorts(client, { to: '10.9.0.2', from, count, gapMs });
  /** Scans as long as something is done, however long that takes: a pause would be the end of the scan. */
  const scanDuring = async (from: number, work: () => Promise<void>): Promise<void> => {
    let working = true;
    const scanning = (async (): Promise<void> => {
      for (let next = from; working; next += 30) await scan(next, 30, 50);
    })();
    await work().finally(() => (working = false));
    await scanning;
  };
  /** Waits until the rows of so many packets were evaluated. */
  const untilEvaluated = async (agent: Daemon, hub: Daemon, packets: number): Promise<void> => {
    const counts = async (): Promise<number[]> => {
      const state = JSON.parse(await ask(agent, '/healthz')) as { packets: number; rowsPublished: number };
      const rows = /^visor_hub_alert_rows_total (\d+)$/m.exec(await ask(hub, '/metrics'))?.[1] ?? 0;
      return [state.packets, Number(rows), state.rowsPublished];
    };
    const all = ([seen = 0, evaluated = 0, published = 0]: number[]): boolean =>
      seen >= packets && evaluated >= published;
    expect(await eventually(counts, all, { stable_ms: 0 })).toSatisfy(all);
  };
  const both = (): Promise<AlertMessage[]> =>
    eventually(
      () => storedAlerts(bus),
      (alerts) => alerts.length >= 2,
      { timeout_ms: 60_000, stable_ms: 5000 },
    );

  it('raises one alert at once, and one resolve, though the hub is killed in between', async () => {
    const hook = await receiveAlerts(lab);
    env['TH_ALERTS_WEBHOOKS'] = JSON.stringify([{ name: 'test', url: hook.url }]);
    const [port, data] = [await freePort(), lab.directory('clickhouse')];
    const hub = await startHub(lab, { natsUrl: nats.url, data, port, env });
    const agent = await startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name });
    const heard = await hearAlerts(bus);
    await untilEvaluating(hub);

    // What everybody may do is no scan.
    const sports = Array.from({ length: 30 }, (_, i) => 40_000 + i);
    await connectTcp(client, { to: '10.9.0.2', dport: 80, sports });
    await scan(1000, 10);
    await untilEvaluated(agent, hub, 40);
    await sleep(1000);
    expect(heard).toEqual([]);

    const scanning = scan(2000, 100, 10);
    await eventually(
      () => Promise.resolve([heard.length, hook.got.length]),
      (counts) => counts.every((count) => count > 0),
      { stable_ms: 0 },
    );
    for (const [{ alert, at_ms } = { alert: undefined, at_ms: Infinity }] of [heard, hook.got]) {
      expect(alert).toMatchObject({
        rule: 'port-scan',
        state: 'firing',
        group: { agent_id: 'web1', ip_src: '10.9.0.1' },
        threshold: 20,
        silenced: false,
      });
      expect(at_ms - Date.parse(alert?.at ?? '')).toBeLessThan(promptMs);
    }

    await hub.program.kill('SIGKILL');
    // It goes on while there is no hub, and longer than a window.
    let again = hub;
    await scanDuring(3000, async () => {
      await scanning;
      await sleep(11_000);
      again = await startHub(lab, { natsUrl: nats.url, data, port, env });
      await untilEvaluating(again);
    });

    const alerts = await both();
    expect(alerts.map(({ state }) => state)).toEqual(['firing', 'resolved']);
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(1);
    const states = (told: readonly { alert: AlertMessage }[]) =>
      told.map(({ alert }) => `${alert.id} ${alert.state}`);
    const expected = alerts.map(({ id, state }) => `${id} ${state}`);
    await eventually(
      () => Promise.resolve(hook.got.length),
      (count) => count >= 2,
      { timeout_ms: 30_000, stable_ms: 2000 },
    );
    expect(states(heard)).toEqual(expected);
    expect(states(hook.got)).toEqual(expected);

    // People see one, which is over.
    const list = () => cli(again.url, 'alerts', 'list', '-o', 'jsonl');
    const { stdout } = await eventually(list, (result) => result.stdout.includes('resolved'));
    expect(parseLines(stdout)).toEqual([[alerts[0]?.id, 'port-scan', 'resolved']]);

    // Over what is stored the rule tells the same.
    const tested = await eventually(
      async () => {
        const answer = await fetch(`${again.url}/api/v1/alerts/test`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ rule: 'port-scan', since: '10m' }),
        });
        return ((await answer.json()) as { alerts: AlertMessage[] }).alerts;
      },
      (found) => found.length >= 2,
    );
    expect(tested.map(({ id, state }) => `${id} ${state}`)).toEqual(expected);
    await Promise.all([again, agent].map(({ program }) => program.stop()));
  });

  it('raises one alert where two hubs run, though the one that evaluates is killed just then', async () => {
    const start = () => startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse'), env });
    const hubs = [await start(), await start()];
    await startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name });
    const heard = await hearAlerts(bus);
    const first = await untilEvaluating(...hubs);
    const rest = hubs.filter((hub) => hub !== first);

    await scanDuring(5000, async () => {
      await eventually(
        () => Promise.resolve(heard.length),
        (count) => count > 0,
        { stable_ms: 0 },
      );
      await first.program.kill('SIGKILL');
      await untilEvaluating(...rest);
    });
    const alerts = await both();
    expect(alerts.map(({ state }) => state)).toEqual(['firing', 'resolved']);
    expect(heard.map(({ alert }) => `${alert.id} ${alert.state}`)).toEqual(
      alerts.map(({ id, state }) => `${id} ${state}`),
    );
    for (const hub of rest) await hub.program.stop();
  });
});
