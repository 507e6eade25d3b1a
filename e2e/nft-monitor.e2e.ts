import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JsonRow } from '#columns';
import {
  connectTcp,
  type Daemon,
  describeAsRoot,
  eventually,
  type Lab,
  makeRouter,
  type MonitorEvent,
  type MonitorPacket,
  Nats,
  type Namespace,
  NftMonitor,
  openLab,
  sendUdp,
  startAgent,
  startHub,
  startTcpServer,
  untilRows,
} from './support/index.js';

/**
 * A router with NAT: packets pass several hooks, chains that jump and go to others, and change on their way. The nat
 * chains run before `mangle`'s (the kernel calls all nat chains at -100 and 100), whatever the priorities say.
 */
const router = `
table inet fw {
  counter traced { }
  chain tag {
    type filter hook prerouting priority raw; policy accept;
    meta l4proto { tcp, udp } counter name traced meta nftrace set 1
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established accept
    jump checks
    tcp dport 80 goto web
    udp dport 53 accept
  }
  chain checks {
    udp dport 99 drop comment "never"
    tcp dport 7 return
    udp dport 53 jump deeper
  }
  chain deeper { meta length < 20 accept; }
  chain web { ip saddr 10.1.0.0/24 accept comment "inside"; }
  chain input { type filter hook input priority filter; policy drop; udp dport 67 accept; }
}
table ip nat {
  chain pre { type nat hook prerouting priority 0; tcp dport 8080 dnat to 10.2.0.2:80; }
  chain post { type nat hook postrouting priority 0; oifname "out" masquerade; }
}
table ip mangle {
  chain pre { type filter hook prerouting priority -50; policy accept; }
  chain post { type filter hook postrouting priority 50; policy accept; }
}
table ip late {
  chain post { type filter hook postrouting priority 300; policy accept; }
}`;

type Told = Pick<
  MonitorEvent,
  'family' | 'table' | 'chain' | 'type' | 'rule' | 'handle' | 'verdict' | 'target'
>;

/** Our rows in the words of nft monitor, packet by packet, in the order of their first event. */
function told(rows: readonly JsonRow[]): Told[][] {
  const packets = new Map<unknown, Told[]>();
  for (const row of rows) {
    const { family, table, chain, type, rule, verdict, jt } = row as unknown as Record<string, string>;
    const event = {
      family,
      table,
      chain,
      type,
      rule,
      handle: Number(row.handle),
      verdict,
      target: jt,
    } as Told;
    const known = packets.get(row.packet_id);
    if (known) known.push(event);
    else packets.set(row.packet_id, [event]);
  }
  return [...packets.values()];
}

describeAsRoot('the same events as nft monitor trace', () => {
  let lab: Lab;
  let client: Namespace;
  let fw: Namespace;
  let server: Namespace;
  let hub: Daemon;
  let agent: Daemon;
  let packets: MonitorPacket[];
  let rows: JsonRow[];

  beforeAll(async () => {
    lab = await openLab();
    ({ client, fw, server } = await makeRouter(lab));
    await fw.nft(router);
    const nats = await Nats.start(lab);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    agent = await startAgent(lab, { natsUrl: nats.url, agentId: 'fw', netns: fw.name });
    const monitor = await NftMonitor.start(lab, fw);
    await startTcpServer(lab, server, 80);
    const flows = [53, 99, 5000].map((dport, i) => ({ sport: 4000 + i, dport, count: 10 }));
    await sendUdp(client, { to: '10.2.0.2', flows, gapMs: 2 });
    await sendUdp(client, { to: '10.1.0.2', flows: [{ sport: 4000, dport: 67, count: 5 }], gapMs: 2 });
    const sports = [6001, 6002, 6003, 6004, 6005];
    expect(await connectTcp(client, { to: '10.1.0.2', dport: 8080, sports })).toEqual(
      sports.map(() => 'echoed'),
    );
    await connectTcp(client, { to: '10.2.0.2', dport: 7, sports: [7001], timeoutMs: 200 });
    packets = await monitor.untilPackets((await fw.counters()).get('traced')?.packets ?? 0);
    rows = await untilRows(
      hub.url,
      ['--hops', '--last', '10000'],
      (all) => told(all).length >= packets.length,
    );
  });

  afterAll(() => lab.close());

  it('sees each packet’s whole way: same order, table, chain, rule and verdict', () => {
    expect(packets.length).toBeGreaterThan(60);
    expect(told(rows)).toEqual(packets.map(({ events }) => events));
  });

  it('keeps a packet one through NAT, and knows its addresses before and after', () => {
    const syn = rows.filter((r) => r.sport === 6001 && r.tcp_flags === 'SYN' && r.ip_src === '10.1.0.1');
    const way = rows.filter((r) => r.packet_id === syn[0]?.packet_id);
    expect(way.find((r) => r.hook === 'prerouting')).toMatchObject({
      ip_dst: '10.1.0.2',
      dport: 8080,
      iif: 'in',
    });
    expect(way.find((r) => r.hook === 'forward')).toMatchObject({
      ip_dst: '10.2.0.2',
      dport: 80,
      oif: 'out',
    });
    expect(way.filter((r) => r.decisive)).toHaveLength(1);
    expect(way.find((r) => r.decisive)).toMatchObject({ table: 'late', chain: 'post', fate: 'accepted' });
  });

  it('accounts for every event', async () => {
    const state = await eventually(
      async () => (await (await fetch(`${agent.url}/healthz`)).json()) as Record<string, number>,
      (now) => (now['rows'] ?? 0) >= rows.length,
    );
    expect(state['events']).toBe((state['rows'] ?? 0) + (state['merged'] ?? 0));
    expect(state['rows']).toBe(rows.length);
    expect(state['lost']).toEqual({ overrun: 0, malformed: 0, backlog: 0 });
  });
});
