import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  connectTcp,
  type Daemon,
  describeAsRoot,
  eventually,
  type Lab,
  type Namespace,
  openLab,
  sendUdp,
  startOneHost,
  startTcpServer,
} from './support/index.js';

/** Three base chains, so that a packet's events may be torn apart; a UDP datagram over IPv6 has nothing to tell it by. */
const ruleset = `
table inet f {
  counter traced { }
  chain tag {
    type filter hook prerouting priority raw; policy accept;
    meta l4proto { tcp, udp } counter name traced meta nftrace set 1
  }
  chain mid { type filter hook prerouting priority 10; policy accept; }
  chain in {
    type filter hook input priority filter; policy drop;
    udp dport 5000 accept
    udp dport 5002 drop
    tcp dport 80 accept
  }
}`;
const flows = Array.from({ length: 20 }, (_, i) => ({ sport: 4000 + i, dport: 5000 + (i % 3), count: 300 }));
const flows6 = flows.map((flow) => ({ ...flow, sport: flow.sport + 100 }));

type State = Record<string, number> & { lost: Record<string, number> };

describeAsRoot('12,000 datagrams as fast as two senders can, while the machine is busy', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let agent: Daemon;

  beforeAll(async () => {
    lab = await openLab();
    ({ client, web, agent } = await startOneHost(lab, { ipv6: true }));
    await web.nft(ruleset);
    await startTcpServer(lab, web, 80);
  });

  afterAll(() => lab.close());

  it('are as many packets as the kernel traced: none split, none merged, every event accounted for', async () => {
    await Promise.all([
      sendUdp(client, { to: '10.9.0.2', flows }),
      sendUdp(client, { to: 'fd09::2', flows: flows6 }),
      connectTcp(client, {
        to: '10.9.0.2',
        dport: 80,
        sports: Array.from({ length: 50 }, (_, i) => 7000 + i),
      }),
    ]);
    const traced = (await web.counters()).get('traced')?.packets ?? 0;
    const ask = async (): Promise<State> => (await (await fetch(`${agent.url}/healthz`)).json()) as State;
    const done = (state: State): boolean => (state['packets'] ?? 0) >= traced;
    const state = await eventually(ask, done, { stable_ms: 2500 });
    expect(state.lost).toEqual({ overrun: 0, malformed: 0, backlog: 0 });
    expect(state['events']).toBe((state['rows'] ?? 0) + (state['merged'] ?? 0));
    expect(state['rowsPublished']).toBe(state['rows']);
    expect(state['packets']).toBe(traced);
  });
});
