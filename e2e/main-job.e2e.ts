import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JsonRow } from '#columns';
import {
  connectTcp,
  type Counter,
  describeAsRoot,
  type Lab,
  type Namespace,
  openLab,
  sendUdp,
  startOneHost,
  startTcpServer,
  untilRows,
} from './support/index.js';

/** The named counters are the kernel's own word on how many packets came and what became of them. */
const firewall = `
table inet filter {
  counter traced { }
  counter accepted { }
  counter dropped { }
  counter rejected { }
  counter web { }
  counter by_policy { }
  chain tag {
    type filter hook prerouting priority raw; policy accept;
    meta l4proto { tcp, udp } counter name traced meta nftrace set 1
  }
  chain input {
    type filter hook input priority filter; policy drop;
    udp dport 5000 counter name accepted accept comment "open"
    udp dport 5001 counter name dropped drop
    udp dport 5002 counter name rejected reject
    tcp dport 80 jump web
    meta l4proto udp counter name by_policy
    meta l4proto ipv6-icmp accept
  }
  chain web {
    counter name web accept
  }
}`;

const addresses = [
  { client: '10.9.0.1', server: '10.9.0.2' },
  { client: 'fd09::1', server: 'fd09::2' },
];
/** 250 of each IP version */
const flows = [
  { sport: 4000, dport: 5000, count: 100 },
  { sport: 4001, dport: 5001, count: 80 },
  { sport: 4002, dport: 5002, count: 50 },
  { sport: 4003, dport: 5003, count: 20 },
];
const outcome: Readonly<Record<number, { fate: string; type: string; rule: string; counter: string }>> = {
  5000: {
    fate: 'accepted',
    type: 'rule',
    rule: 'udp dport 5000 counter name "accepted" accept comment "open"',
    counter: 'accepted',
  },
  5001: {
    fate: 'dropped',
    type: 'rule',
    rule: 'udp dport 5001 counter name "dropped" drop',
    counter: 'dropped',
  },
  5002: {
    fate: 'rejected',
    type: 'rule',
    rule: 'udp dport 5002 counter name "rejected" reject',
    counter: 'rejected',
  },
  5003: { fate: 'dropped', type: 'policy', rule: '', counter: 'by_policy' },
  80: { fate: 'accepted', type: 'rule', rule: 'counter name "web" accept', counter: 'web' },
};

describeAsRoot('the main job: 500 datagrams and 20 connections, IPv4 and IPv6', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let rows: JsonRow[];
  let counters: Map<string, Counter>;

  beforeAll(async () => {
    lab = await openLab();
    const host = await startOneHost(lab, { ipv6: true });
    const { hub } = host;
    ({ client, web } = host);
    // after the agent's start: it must take notice of a ruleset that comes later
    await web.nft(firewall);
    await startTcpServer(lab, web, 80);
    for (const { server } of addresses) {
      await sendUdp(client, { to: server, flows, gapMs: 1 });
      const sports = Array.from({ length: 10 }, (_, i) => 6000 + i);
      const outcomes = await connectTcp(client, { to: server, dport: 80, sports });
      expect(outcomes).toEqual(sports.map(() => 'echoed'));
    }
    counters = await web.counters();
    const sent = counters.get('traced')?.packets ?? 0;
    rows = await untilRows(hub.url, ['--last', '5000'], sent);
  });

  afterAll(() => lab.close());

  it('finds exactly as many packets as the kernel traced', () => {
    expect(counters.get('traced')?.packets).toBeGreaterThan(500 + 20 * 3);
    expect(rows).toHaveLength(counters.get('traced')?.packets ?? 0);
  });

  it('gives each packet an id of its own', () => {
    expect(new Set(rows.map((row) => row.packet_id)).size).toBe(rows.length);
  });

  it('names fate and deciding rule of each packet', () => {
    for (const row of rows) {
      const { fate, type, rule } = outcome[Number(row.dport)] ?? {};
      expect(row).toMatchObject({
        fate,
        type,
        rule,
        decisive: true,
        hook: 'input',
        family: 'inet',
        table: 'filter',
      });
    }
  });

  it('counts each fate as the ruleset’s counters do', () => {
    for (const [dport, { counter }] of Object.entries(outcome)) {
      const found = rows.filter((row) => row.dport === Number(dport));
      expect([counter, found.length]).toEqual([counter, counters.get(counter)?.packets]);
    }
  });

  it('knows addresses, ports and interfaces', () => {
    for (const { client: from, server } of addresses) {
      for (const { sport, dport, count } of flows) {
        const found = rows.filter(
          (r) => r.ip_src === from && r.ip_dst === server && r.sport === sport && r.dport === dport,
        );
        expect([from, dport, found.length]).toEqual([from, dport, count]);
      }
    }
    for (const row of rows) {
      expect(row).toMatchObject({ agent_id: 'web1', netns: web.name, iif: 'wan', oif: '' });
    }
  });

  it('tells the connections by their flags: 20 SYNs, each from a port of its own', () => {
    const syns = rows.filter((row) => row.tcp_flags === 'SYN');
    expect(new Set(syns.map((row) => `${row.ip_src} ${row.sport}`)).size).toBe(20);
    expect(syns).toHaveLength(20);
  });

  it('finds the text of the ruleset that decided by its version', () => {
    expect(new Set(rows.map((row) => row.table_version)).size).toBe(1);
    expect(rows[0]?.table_version).toMatch(/^[0-9a-f]{16}$/);
  });
});
