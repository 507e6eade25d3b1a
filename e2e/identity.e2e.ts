import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Daemon,
  describeAsRoot,
  type Lab,
  link,
  Nats,
  type Namespace,
  openLab,
  sendUdp,
  startAgent,
  startHub,
  untilRows,
} from './support/index.js';

/** Every hook that a packet meets on its way out through a bridge, in from a card, and over loopback */
const ruleset = `
table inet i {
  chain out { type filter hook output priority filter; udp dport 4001-4009 meta nftrace set 1; }
  chain post { type filter hook postrouting priority filter; }
  chain pre { type filter hook prerouting priority filter; }
  chain in { type filter hook input priority filter; }
}
table arp a {
  chain out { type filter hook output priority filter; meta nftrace set 1; }
}
table bridge b {
  chain out { type filter hook output priority filter; }
  chain post { type filter hook postrouting priority filter; }
}
table netdev n {
  chain egress { type filter hook egress devices = { br0, p0 } priority 0; }
  chain egress2 { type filter hook egress devices = { br0, p0 } priority 10; }
  chain early { type filter hook ingress devices = { wan } priority 0; udp dport 4003 meta nftrace set 1; }
  chain late { type filter hook ingress devices = { wan } priority 10; udp dport 4003 fwd to "br0"; }
}`;

const outByBridge = [
  'egress egress br0',
  'egress egress2 br0',
  'output out p0',
  'postrouting post p0',
  'egress egress p0',
  'egress egress2 p0',
];

describeAsRoot('one packet over all of its hooks', () => {
  let lab: Lab;
  let client: Namespace;
  let fw: Namespace;
  let hub: Daemon;

  beforeAll(async () => {
    lab = await openLab();
    [client, fw] = [await lab.namespace('client'), await lab.namespace('fw')];
    await link(
      { namespace: client, name: 'eth0', addresses: ['10.9.0.1/24'] },
      { namespace: fw, name: 'p0' },
    );
    await link(
      { namespace: client, name: 'eth1', addresses: ['10.8.0.1/24'] },
      { namespace: fw, name: 'wan', addresses: ['10.8.0.2/24'] },
    );
    await fw.ip('link', 'add', 'br0', 'type', 'bridge');
    await fw.ip('link', 'set', 'p0', 'master', 'br0');
    await fw.ip('link', 'set', 'br0', 'up');
    await fw.ip('addr', 'add', '10.9.0.2/24', 'dev', 'br0');
    await fw.nft(ruleset);
    const nats = await Nats.start(lab);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    await startAgent(lab, { natsUrl: nats.url, agentId: 'fw', netns: fw.name });
  });

  afterAll(() => lab.close());

  /** @returns each packet as its fate and the `hook chain oif` of its policies and other last words */
  async function packets(count: number, ...flags: string[]): Promise<string[][]> {
    const rows = await untilRows(hub.url, ['--hops', '--last', '1000', ...flags], count, { stable_ms: 300 });
    return [...new Set(rows.map((r) => r.packet_id))].map((id) => {
      const own = rows.filter((r) => r.packet_id === id).sort((a, b) => Number(a.hop) - Number(b.hop));
      expect(own.map((r) => r.hop)).toEqual(own.map((_, n) => n));
      expect(own.map((r) => r.decisive)).toEqual(own.map((_, n) => n === own.length - 1));
      const said = own.filter((r) => r.verdict !== 'continue');
      return [String(own[0]?.fate), ...said.map((r) => `${r.hook} ${r.chain} ${r.oif}`.trim())];
    });
  }

  it('sent out by a bridge and its port, each with the egress hook; so is the ARP that goes before', async () => {
    await sendUdp(fw, { to: '10.9.0.1', flows: [{ sport: 5001, dport: 4001, count: 1 }] });
    expect(await packets(9, '--dport', '4001')).toEqual([
      ['accepted', 'output out br0', 'postrouting post br0', ...outByBridge],
    ]);
    const [request] = await packets(8, '--ether-type', 'arp', '--ip-src', '10.9.0.2');
    expect(request).toEqual(['accepted', 'output out br0', ...outByBridge]);
  });

  it('over loopback: two ids, and so one packet sent and one received', async () => {
    await sendUdp(fw, { to: '127.0.0.1', flows: [{ sport: 5002, dport: 4002, count: 1 }] });
    expect((await packets(5, '--dport', '4002')).sort()).toEqual([
      ['accepted', 'output out lo', 'postrouting post lo'],
      ['accepted', 'prerouting pre', 'input in'],
    ]);
  });

  it('sent on by `fwd to`: the hooks on that way come before the verdict that sent it, which has no headers', async () => {
    await sendUdp(client, { to: '10.8.0.2', flows: [{ sport: 5003, dport: 4003, count: 1 }] });
    expect(await packets(9, '--dport', '4003')).toEqual([
      ['stolen', 'ingress early', ...outByBridge, 'ingress late'],
    ]);
  });
});
