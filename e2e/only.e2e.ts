import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ask,
  clientAndWeb,
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
  untilRows,
} from './support/index.js';

const ruleset = `
table inet f {
  chain tag {
    type filter hook prerouting priority raw; policy accept;
    udp dport 5000-5003 meta nftrace set 1
  }
  chain ports {
    udp dport 5000 accept comment "let in"
    udp dport 5001 drop
    udp dport 5002 reject
  }
  chain in {
    type filter hook input priority filter; policy drop;
    udp dport 5000-5003 jump ports
  }
}`;

interface State {
  events: number;
  rows: number;
  merged: number;
  packets: number;
  discards: Record<string, number>;
}

describeAsRoot('capture.only', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let hub: Daemon;
  let nats: Nats;

  beforeAll(async () => {
    lab = await openLab();
    ({ client, web } = await clientAndWeb(lab));
    await web.nft(ruleset);
    nats = await Nats.start(lab);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
  });

  afterAll(() => lab.close());

  it.each([
    ['dropped', { dropped: 200, rejected: 100 }, { 5001: 100, 5002: 100, 5003: 100 }],
    ['policy', { dropped: 100 }, { 5003: 100 }],
    ['accepted', { accepted: 100 }, { 5000: 100 }],
  ])('%s: those packets alone, whole and with their addresses', async (only, fates, ports) => {
    const agentId = `only-${only}`;
    const env = { PT_CAPTURE_ONLY: only };
    const agent = await startAgent(lab, { natsUrl: nats.url, agentId, netns: web.name, env });
    const flows = [0, 1, 2, 3].map((i) => ({ sport: 4000 + i, dport: 5000 + i, count: 100 }));
    await sendUdp(client, { to: '10.9.0.2', flows, gapMs: 1 });
    const total = Object.values(fates).reduce((a, b) => a + b, 0);
    const flags = ['--last', '10000', '--agent-id', agentId];
    const rows = await untilRows(hub.url, flags, total, { stable_ms: 1000 });
    const tally = (name: 'fate' | 'dport') =>
      rows.reduce<Record<string, number>>((counts, row) => {
        const key = String(row[name]);
        return { ...counts, [key]: (counts[key] ?? 0) + 1 };
      }, {});
    expect(tally('fate')).toEqual(fates);
    expect(tally('dport')).toEqual(ports);
    expect(new Set(rows.map((row) => `${row.ip_src} ${row.ip_dst} ${row.iif}`))).toEqual(
      new Set(['10.9.0.1 10.9.0.2 wan']),
    );
    // told once a second
    const state = await eventually(
      async () => JSON.parse(await ask(agent, '/healthz')) as State,
      ({ packets }) => packets >= 400,
    );
    expect(state.packets).toBe(400);
    expect(state.events).toBe(state.rows + state.merged + (state.discards['only'] ?? 0));
    expect(unaccounted(await stopAgent(agent.program))).toBe(0);
  });
});
