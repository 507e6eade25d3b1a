import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JsonRow } from '#columns';
import {
  arp,
  type Daemon,
  describeAsRoot,
  ethernet,
  etherTypes,
  icmp,
  ipv4,
  ipv6,
  ipv6Fragment,
  type Lab,
  link,
  Nats,
  type Namespace,
  openLab,
  protocols,
  sendFrames,
  startAgent,
  startHub,
  tcp,
  udp,
  untilRows,
} from './support/index.js';

/** Two ports of a bridge and one of its own; every family traces what comes in. */
const ruleset = `
table arp a {
  chain in { type filter hook input priority filter; policy accept; meta nftrace set 1; }
}
table bridge b {
  chain pre { type filter hook prerouting priority filter; policy accept; meta nftrace set 1; }
  chain forw { type filter hook forward priority filter; policy drop; }
}
table netdev n {
  chain early { type filter hook ingress device "wan" priority 0; policy accept; meta nftrace set 1; vlan id 7 drop; }
}
table inet i {
  chain in { type filter hook input priority filter; policy drop; }
}`;

const src = '10.9.0.1';
const dst = '10.9.0.2';
const fill = (length: number): Buffer => Buffer.alloc(length, 0x61);

describeAsRoot('families, tags, fragments and malformed packets', () => {
  let lab: Lab;
  let client: Namespace;
  let fw: Namespace;
  let hub: Daemon;
  let agent: Daemon;
  let macs: { src: string; dst: string };

  beforeAll(async () => {
    lab = await openLab();
    [client, fw] = [await lab.namespace('client'), await lab.namespace('fw')];
    await link(
      { namespace: client, name: 'eth0', addresses: ['10.9.0.1/24', 'fd09::1/64'] },
      { namespace: fw, name: 'wan', addresses: ['10.9.0.2/24', 'fd09::2/64'] },
    );
    for (const port of ['p1', 'p2'])
      await link({ namespace: client, name: `c${port}` }, { namespace: fw, name: port });
    await fw.ip('link', 'add', 'br0', 'type', 'bridge');
    for (const port of ['p1', 'p2']) await fw.ip('link', 'set', port, 'master', 'br0');
    await fw.ip('link', 'set', 'br0', 'up');
    await fw.nft(ruleset);
    const nats = await Nats.start(lab);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    agent = await startAgent(lab, { natsUrl: nats.url, agentId: 'fw', netns: fw.name });
    macs = { src: await client.mac('eth0'), dst: await fw.mac('wan') };
  });

  afterAll(() => lab.close());

  const ip = (packet: Buffer): Buffer => ethernet({ ...macs, type: etherTypes.ip }, packet);
  const ip6 = (packet: Buffer): Buffer => ethernet({ ...macs, type: etherTypes.ip6 }, packet);

  /** Sends frames; @returns the packets that match the flags, once they are `count` */
  async function traced(
    count: number,
    flags: readonly string[],
    frames: Buffer[],
    port = 'eth0',
  ): Promise<JsonRow[]> {
    await sendFrames(client, port, frames);
    return untilRows(hub.url, ['--last', '1000', ...flags], count, { stable_ms: 200 });
  }

  it('ARP', async () => {
    const message = arp({
      operation: 1,
      senderMac: macs.src,
      senderIp: src,
      targetMac: '00:00:00:00:00:00',
      targetIp: dst,
    });
    const frame = ethernet({ dst: 'ff:ff:ff:ff:ff:ff', src: macs.src, type: etherTypes.arp }, message);
    const rows = await traced(1, ['--family', 'arp', '--hw-src', macs.src], [frame]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      table: 'a',
      hook: 'input',
      ether_type: 'arp',
      ip_src: src,
      ip_dst: dst,
      iif: 'wan',
    });
  });

  it('a frame that a bridge forwards, dropped by its policy', async () => {
    const frame = ethernet(
      { src: '02:00:00:00:00:aa', dst: '02:00:00:00:00:bb', type: etherTypes.ip },
      ipv4({ src: '192.0.2.1', dst: '192.0.2.2', protocol: protocols.udp }, udp(1, 2, fill(4))),
    );
    const rows = await traced(1, ['--ip-src', '192.0.2.1'], [frame], 'cp1');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      family: 'bridge',
      hook: 'forward',
      fate: 'dropped',
      type: 'policy',
      iif: 'p1',
      oif: 'p2',
      hw_src: '02:00:00:00:00:aa',
      proto: 'udp',
      dport: 2,
    });
  });

  it('a VLAN tag in the netdev family', async () => {
    const packet = ipv4({ src, dst, protocol: protocols.udp, ident: 77 }, udp(5, 6, fill(4)));
    const rows = await traced(
      1,
      ['--vlan', '7'],
      [ethernet({ ...macs, type: etherTypes.ip, vlan: 7 }, packet)],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      family: 'netdev',
      hook: 'ingress',
      fate: 'dropped',
      vlan: 7,
      iif: 'wan',
      ip_src: src,
    });
    expect(rows[0]?.rule).toBe('vlan id 7 drop');
  });

  it('IPv4 fragments: ports from the first, none read out of the second', async () => {
    const whole = udp(4001, 53, fill(16));
    const fragments = [
      ip(
        ipv4({ src, dst, protocol: protocols.udp, ident: 4242, moreFragments: true }, whole.subarray(0, 16)),
      ),
      ip(ipv4({ src, dst, protocol: protocols.udp, ident: 4242, offset: 16 }, whole.subarray(16))),
    ];
    const rows = await traced(2, ['--ip-ident', '4242', '--hook', 'ingress'], fragments);
    expect(rows.map((r) => [r.frag_offset, r.sport, r.dport])).toEqual([
      [0, 4001, 53],
      [16, 0, 0],
    ]);
  });

  it('IPv6 fragments', async () => {
    const header = { next: protocols.udp, ident: 9, offset: 0, moreFragments: true };
    const packet = ipv6(
      { src: 'fd09::1', dst: 'fd09::2', next: protocols.fragment },
      ipv6Fragment(header, udp(1, 2, fill(8))),
    );
    const rows = await traced(1, ['--ip-src', 'fd09::1'], [ip6(packet)]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ ip_dst: 'fd09::2', ether_type: 'ip6', proto: 'ipv6-frag' });
  });

  it('an ICMP error with the packet that it is about', async () => {
    const about = ipv4({ src: dst, dst: src, protocol: protocols.udp }, udp(53, 4000, fill(8)));
    const error = icmp(3, 3, Buffer.concat([Buffer.alloc(4), about]));
    const rows = await traced(
      1,
      ['--proto', 'icmp', '--icmp-type', '3'],
      [ip(ipv4({ src, dst, protocol: protocols.icmp }, error))],
    );
    expect(rows.length).toBeGreaterThanOrEqual(1);
    for (const row of rows) expect(row).toMatchObject({ icmp_code: 3, sport: 0, dport: 0, ip_src: src });
  });

  it('SCTP', async () => {
    const common = Buffer.from('1f4013880000000000000000', 'hex');
    const rows = await traced(
      1,
      ['--proto', 'sctp'],
      [ip(ipv4({ src, dst, protocol: protocols.sctp }, common))],
    );
    expect(rows[0]).toMatchObject({ sport: 8000, dport: 5000, fate: 'dropped' });
  });

  it('packets shorter than their headers claim', async () => {
    const frames = [
      ip(ipv4({ src, dst, protocol: protocols.udp, ident: 5001, totalLength: 1400 }, udp(1, 2, fill(4)))),
      ip(ipv4({ src, dst, protocol: protocols.udp, ident: 5002 }, Buffer.of(0x0f))),
      ip(ipv4({ src, dst, protocol: protocols.tcp, ident: 5003 }, tcp(1, 2, 2).subarray(0, 6))),
      ip(Buffer.from('4500', 'hex')),
      ip6(ipv6({ src: 'fd09::1', dst: 'fd09::2', next: protocols.udp, payloadLength: 900 }, Buffer.of(1, 2))),
      ethernet({ ...macs, type: etherTypes.arp }, Buffer.from('0001', 'hex')),
    ];
    const rows = await traced(3, ['--ip-ident', '5001-5003'], frames);
    expect(rows.map((r) => r.ip_ident)).toEqual([5001, 5002, 5003]);
  });

  it('decodes all of it without an error', async () => {
    const state = (await (await fetch(`${agent.url}/healthz`)).json()) as { lost: Record<string, number> };
    expect(state.lost).toEqual({ overrun: 0, malformed: 0, backlog: 0 });
    expect(agent.program.running).toBe(true);
  });
});
