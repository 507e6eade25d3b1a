import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ask,
  clientAndWeb,
  type Daemon,
  describeAsRoot,
  eventually,
  freePort,
  type Lab,
  Nats,
  type Namespace,
  openLab,
  programCommand,
  sendUdp,
  startAgent,
  startHub,
  stopAgent,
  sumOf,
  unaccounted,
  untilRows,
} from './support/index.js';

const ruleset = `
table inet f {
  counter accepted { }
  counter dropped { }
  chain in {
    type filter hook input priority filter; policy accept;
    udp dport 5000-5009 meta nftrace set 1
    udp dport 5009 counter name dropped drop
    udp dport 5000-5008 counter name accepted accept
  }
}`;

interface State {
  events: number;
  packets: number;
  rows: number;
  merged: number;
  rowsPublished: number;
  discards: Record<string, number>;
  lost: Record<string, number>;
}

const stateOf = async (agent: Daemon): Promise<State> => JSON.parse(await ask(agent, '/healthz')) as State;

describeAsRoot('a flood', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let nats: Nats;

  beforeAll(async () => {
    lab = await openLab();
    ({ client, web } = await clientAndWeb(lab));
    await web.nft(ruleset);
    nats = await Nats.start(lab);
  });

  afterAll(() => lab.close());

  /** Ten flows, one of which is dropped. */
  const flood = (count: number, sport = 4000) =>
    sendUdp(client, {
      to: '10.9.0.2',
      flows: Array.from({ length: 10 }, (_, i) => ({ sport: sport + i, dport: 5000 + i, count })),
    });

  const counted = async (name: string) => (await web.counters()).get(name)?.packets ?? 0;

  async function untilQuiet(agent: Daemon): Promise<State> {
    let before = -1;
    const still = ({ events }: State) => events > 0 && events === before;
    const noting = async () => {
      before = (await stateOf(agent)).events;
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return stateOf(agent);
    };
    return eventually(noting, still, { timeout_ms: 60_000 });
  }

  it('is sampled by whole packets: every drop is kept, and the sampling column scales the rest', async () => {
    const hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    const agent = await startAgent(lab, {
      natsUrl: nats.url,
      agentId: 'web1',
      netns: web.name,
      env: { PT_LIMITS_MAX_PACKETS_PER_SECOND: '1500' },
    });
    await flood(2000);
    const state = await untilQuiet(agent);
    const [accepted, dropped] = [await counted('accepted'), await counted('dropped')];
    expect(state.packets).toBe(accepted + dropped);
    expect(state.events).toBe(state.rowsPublished + state.merged + sumOf(state.discards));
    expect(state.discards['sampled']).toBeGreaterThan(accepted / 2);
    expect(state.lost).toEqual({ overrun: 0, malformed: 0, backlog: 0 });

    const rows = await untilRows(hub.url, ['--last', '10000', '--hops'], state.rowsPublished);
    expect(rows).toHaveLength(state.rowsPublished);
    const decisive = rows.filter((row) => row.decisive);
    const drops = decisive.filter((row) => row.fate === 'dropped');
    expect(drops).toHaveLength(dropped);
    expect(new Set(drops.map((row) => row.sampling))).toEqual(new Set([1]));
    const kept = decisive.filter((row) => row.fate === 'accepted');
    const standFor = kept.reduce((total, row) => total + Number(row.sampling), 0);
    // 18,000 packets at a rate of about 1 in 16: the sum is off by 3 % (one sigma)
    expect(standFor / accepted).toBeGreaterThan(0.8);
    expect(standFor / accepted).toBeLessThan(1.2);
    // whole packets: each that was kept has both of its events
    expect(rows).toHaveLength(2 * decisive.length);
    expect(unaccounted(await stopAgent(agent.program))).toBe(0);
  });

  it('while NATS is away takes no more memory than allowed, and every row that goes is counted', async () => {
    await nats.kill();
    const url = `http://127.0.0.1:${await freePort()}`;
    const agent = lab.start({
      name: 'pkt-tracer',
      command: programCommand('pkt-tracer'),
      env: {
        PT_NATS_URL: nats.url,
        PT_TELEMETRY_ENDPOINT: url,
        PT_CAPTURE_NETNS: web.name,
        PT_PUBLISH_QUEUE: '1MiB',
        PT_LIMITS_MAX_MEMORY: '256MiB',
      },
    });
    await agent.untilOutput(/tracing network namespace/);
    const daemon: Daemon = { program: agent, url, inside: undefined };
    await Promise.all([flood(30_000), flood(30_000, 4100)]);
    const state = await untilQuiet(daemon);
    expect(state.events).toBeGreaterThan(100_000);
    const peak_kB = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8'))?.[1]);
    expect(peak_kB / 1024).toBeLessThan(256);
    const account = await stopAgent(agent);
    expect(account.published).toBe(0);
    expect(account.discards['queue_full']).toBeGreaterThan(0);
    expect(unaccounted(account)).toBe(0);
  });
});
