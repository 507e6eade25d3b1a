import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ask,
  type Daemon,
  describeAsRoot,
  eventually,
  type Lab,
  Nats,
  type Namespace,
  openLab,
  sendUdp,
  startAgent,
  startHub,
  stopAgent,
  unaccounted,
} from './support/index.js';

interface State {
  rows: number;
  rowsPublished: number;
  events: number;
  merged: number;
  packets: number;
  discards: Record<string, number>;
}

/** All that leaves and comes back is traced, but for the questions of this test. */
const ruleset = (ports: string) => `
table inet f {
  counter traced { }
  chain out {
    type filter hook output priority filter; policy accept;
    tcp dport { ${ports} } accept
    tcp sport { ${ports} } accept
    counter name traced meta nftrace set 1
  }
  chain in { type filter hook input priority filter; policy accept; }
}`;

/** Fails by the test's own time limit. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(100);
}

describeAsRoot('a host that traces all of its output, NATS and hub on the host itself', () => {
  let lab: Lab;
  let host: Namespace;
  let agent: Daemon;
  let hub: Daemon;

  beforeAll(async () => {
    lab = await openLab();
    host = await lab.namespace('host');
    const nats = await Nats.start(lab, host);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse'), inside: host });
    agent = await startAgent(lab, { natsUrl: nats.url, agentId: 'web1', inside: host });
  });

  afterAll(() => lab.close());

  const stateOf = async (): Promise<State> => JSON.parse(await ask(agent, '/healthz')) as State;

  it('shows what others send, leaves out what publishing makes, and comes to rest', async () => {
    const ports = [agent, hub].map(({ url }) => new URL(url).port).join(', ');
    await host.nft(ruleset(ports));
    await sendUdp(host, { to: '127.0.0.1', flows: [{ sport: 4000, dport: 5000, count: 50 }] });
    const first = await eventually(stateOf, ({ rowsPublished }) => rowsPublished >= 200, { stable_ms: 1500 });
    // publishing those rows made packets, which were traced
    expect(first.discards['own']).toBeGreaterThan(0);
    await sleep(4000);
    expect((await stateOf()).rows).toBe(first.rows);
    // the hub's pulls are traced on: at times none of their packets is on its way
    await until(async () => {
      const { events, rows, merged, discards } = await stateOf();
      return events === rows + merged + (discards['own'] ?? 0);
    });
  });

  it('counts each of them: every traced packet is a row or left out as own', async () => {
    expect(await ask(hub, '/api/v1/packets?last=10000')).not.toContain('"proto":"tcp"');
    // its pulls are traced as well: without them there is rest between two heartbeats, and counts are a second old at most
    await hub.program.kill('SIGTERM');
    const traced = async (): Promise<number> => (await host.counters()).get('traced')?.packets ?? 0;
    // on loopback the kernel's trace id changes between output and input: two packets each
    await until(async () => {
      const before = await traced();
      await sleep(1500);
      const { packets } = await stateOf();
      return packets === 2 * before && before === (await traced());
    });
    expect((await stateOf()).discards).toMatchObject({ only: 0, sampled: 0 });
  });

  it('accounts for every event when it stops', async () => {
    const account = await stopAgent(agent.program);
    expect(account.discards['own']).toBeGreaterThan(0);
    expect(unaccounted(account)).toBe(0);
  });
});
