import { describe, expect, test } from 'vitest';
import { type JsonRow } from '#columns';
import { AssemblyBench } from '../testing/bench.js';
import { hex, ipv4, tcp, udp } from '../testing/headers.js';
import { type TraceMessage } from '../testing/trace-message.js';

const ethernet = '0200000000020200000000010800';
const v4 = { src: '10.0.0.1', dst: '10.0.0.2' };
const v6 = (next: string, payload = '0010'): string =>
  `6b80 0000 ${payload} ${next} 3f 20010db8000000000000000000000001 20010db8000000000000000000000002`;
const inet6 = { nfproto: 10 };
const arp = '0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002';

const cases: [name: string, message: TraceMessage, expected: Partial<JsonRow>][] = [
  [
    'TCP over IPv4 over Ethernet',
    {
      nfproto: 2,
      iif: 2,
      iifType: 1,
      link: hex(ethernet),
      network: ipv4({ ...v4, proto: 6 }),
      transport: tcp({ sport: 1, dport: 443, seq: 9, ack: 8, flags: 0x12, window: 0x1234 }),
    },
    {
      iif: 'eth2',
      oif: '',
      hw_dst: '02:00:00:00:00:02',
      hw_src: '02:00:00:00:00:01',
      ether_type: 'ip',
      vlan: 0,
      ip_src: '10.0.0.1',
      ip_dst: '10.0.0.2',
      proto: 'tcp',
      len: 60,
      ttl: 64,
      dscp: 46,
      ip_ident: 7,
      sport: 1,
      dport: 443,
      tcp_seq: 9,
      tcp_ack: 8,
      tcp_flags: 'SYN,ACK',
      tcp_window: 0x1234,
    },
  ],
  [
    'a VLAN tag',
    {
      family: 5,
      nfproto: 5,
      iif: 2,
      iifType: 1,
      link: hex('020000000002020000000001 8100 a064 0800'),
      network: ipv4({ ...v4, proto: 17 }),
      transport: udp({ sport: 5, dport: 53 }),
    },
    { vlan: 100, ether_type: 'ip', proto: 'udp', sport: 5, dport: 53, ip_src: '10.0.0.1' },
  ],
  [
    'a VLAN tag whose inner type was cut off',
    { family: 5, nfproto: 5, iif: 2, iifType: 1, link: hex('020000000002020000000001 8100') },
    { vlan: 0, ether_type: '0x8100', ip_src: '', proto: '' },
  ],
  [
    'a link header that is not Ethernet',
    { nfproto: 2, iif: 2, iifType: 512, link: hex('0021'), network: ipv4({ ...v4, proto: 17 }) },
    { hw_src: '', ether_type: 'ip', proto: 'udp' },
  ],
  [
    'a device without a link header in the netdev family',
    {
      family: 5,
      nfproto: 5,
      iif: 2,
      iifType: 65534,
      network: ipv4({ ...v4, proto: 17 }),
      transport: udp({ sport: 5, dport: 53 }),
    },
    { ether_type: 'ip', ip_src: '10.0.0.1', proto: 'udp', dport: 53, hw_src: '' },
  ],
  [
    'ARP in its own family',
    { family: 3, nfproto: 3, iif: 2, iifType: 1, network: hex(arp) },
    {
      ether_type: 'arp',
      ip_src: '10.0.0.1',
      ip_dst: '10.0.0.2',
      hw_src: '02:00:00:00:00:01',
      proto: '',
      len: 0,
    },
  ],
  [
    'ARP at egress, where no link header is told',
    { family: 5, nfproto: 5, oif: 2, oifType: 1, network: hex(arp) },
    { ether_type: 'arp', ip_src: '10.0.0.1', hw_src: '02:00:00:00:00:01', oif: 'eth2' },
  ],
  [
    'another protocol at egress',
    { family: 5, nfproto: 5, oif: 2, oifType: 1, network: hex('0207 0402 0000') },
    { ether_type: '', ip_src: '', proto: '' },
  ],
  [
    'ARP that ends early',
    { family: 3, nfproto: 3, iif: 2, iifType: 1, network: hex(arp).subarray(0, 20) },
    { ether_type: 'arp', ip_src: '', hw_src: '' },
  ],
  [
    'an unknown ether type on a bridge',
    {
      family: 7,
      nfproto: 7,
      iif: 2,
      iifType: 1,
      link: hex('020000000002020000000001 88cc'),
      network: hex('0207'),
    },
    { ether_type: '0x88cc', proto: '', ip_src: '' },
  ],
  [
    'an IPv4 fragment after the first: no ports are read out of its payload',
    {
      nfproto: 2,
      iif: 2,
      network: ipv4({ ...v4, proto: 17, fragment: 185 }),
      transport: hex('ffff ffff ffff ffff'),
    },
    { frag_offset: 1480, proto: 'udp', sport: 0, dport: 0 },
  ],
  [
    'the first IPv4 fragment',
    {
      nfproto: 2,
      iif: 2,
      network: ipv4({ ...v4, proto: 17, fragment: 0x2000 }),
      transport: udp({ sport: 7, dport: 9 }),
    },
    { frag_offset: 0, proto: 'udp', sport: 7, dport: 9 },
  ],
  [
    'IPv4 options, with the transport header behind them in the network header',
    {
      nfproto: 2,
      iif: 2,
      network: hex(`4600 0030 0007 0000 40 11 0000 0a000001 0a000002 01010101 0005 0035 0008 0000`),
    },
    { proto: 'udp', sport: 5, dport: 53, len: 48 },
  ],
  [
    'a header length of less than 20 bytes',
    {
      nfproto: 2,
      iif: 2,
      network: hex(`4100 0030 0007 0000 40 11 0000 0a000001 0a000002`),
      transport: udp({ sport: 7, dport: 9 }),
    },
    { proto: 'udp', ip_src: '10.0.0.1', sport: 0 },
  ],
  [
    'an IPv4 header cut short',
    { nfproto: 2, iif: 2, network: hex('4500 0030 0007') },
    { ether_type: 'ip', ip_src: '', proto: '', len: 0 },
  ],
  [
    'a TCP header cut after the ports',
    { nfproto: 2, iif: 2, network: ipv4({ ...v4, proto: 6 }), transport: hex('0001 0002') },
    { proto: 'tcp', sport: 1, dport: 2, tcp_seq: 0, tcp_flags: '' },
  ],
  [
    'a TCP header of three bytes',
    { nfproto: 2, iif: 2, network: ipv4({ ...v4, proto: 6 }), transport: hex('000100') },
    { proto: 'tcp', sport: 0, dport: 0 },
  ],
  [
    'an ICMP error',
    { nfproto: 2, iif: 2, network: ipv4({ ...v4, proto: 1 }), transport: hex('0303 0000 0000 0000 4500') },
    { proto: 'icmp', icmp_type: 3, icmp_code: 3, sport: 0 },
  ],
  [
    'ICMPv6',
    { ...inet6, iif: 2, network: hex(v6('3a')), transport: hex('8700 0000') },
    {
      ether_type: 'ip6',
      proto: 'icmpv6',
      icmp_type: 135,
      ip_src: '2001:db8::1',
      ip_dst: '2001:db8::2',
      ttl: 63,
      dscp: 46,
      len: 56,
    },
  ],
  [
    'SCTP',
    { nfproto: 2, iif: 2, network: ipv4({ ...v4, proto: 132 }), transport: hex('1388 1389 0000 0000') },
    { proto: 'sctp', sport: 5000, dport: 5001 },
  ],
  [
    'a protocol without a name',
    { nfproto: 2, iif: 2, network: ipv4({ ...v4, proto: 253 }), transport: hex('0102030405060708') },
    { proto: '253', sport: 0, ip_src: '10.0.0.1' },
  ],
  [
    'IPv6 whose extension header the kernel cut off: its name, and no port out of a guess',
    { ...inet6, iif: 2, network: hex(v6('00')), transport: udp({ sport: 5, dport: 53 }) },
    { proto: 'hopopt', sport: 0, dport: 0, ip_src: '2001:db8::1' },
  ],
  [
    'IPv6 extension headers that are there: hop-by-hop, fragment, then UDP',
    {
      ...inet6,
      iif: 2,
      network: hex(`${v6('00')} 2c00 0000 0000 0000 1100 0000 00abcdef`),
      transport: udp({ sport: 5, dport: 53 }),
    },
    { proto: 'udp', sport: 5, dport: 53, ip_ident: 0x00abcdef, frag_offset: 0 },
  ],
  [
    'a later IPv6 fragment',
    { ...inet6, iif: 2, network: hex(`${v6('2c')} 1100 05a8 00abcdef`), transport: hex('ffffffff') },
    { proto: 'udp', frag_offset: 1448, sport: 0 },
  ],
  [
    'an extension header that claims to be longer than the packet',
    { ...inet6, iif: 2, network: hex(`${v6('3c')} 3cff 0000 0000 0000`) },
    { proto: 'ipv6-opts', sport: 0 },
  ],
  [
    'conntrack and mark',
    {
      nfproto: 2,
      iif: 2,
      network: ipv4({ ...v4, proto: 17 }),
      mark: 0x10,
      ctId: 77,
      ctDirection: 1,
      ctState: 2,
      ctStatus: 0xe,
    },
    {
      mark: 16,
      ct_id: 77,
      ct_dir: 'reply',
      ct_state: 'established',
      ct_status: 'seen_reply,assured,confirmed',
    },
  ],
];

describe('headers', () => {
  test.each(cases)('%s', (_name, message, expected) => {
    const bench = new AssemblyBench();
    bench.feed({ ...message, verdict: 1 });
    const [row] = bench.rows();
    expect(row).toMatchObject(expected);
  });
});
