import { columns, findColumn, type ColumnName } from '#columns';
import { describe, expect, it } from 'vitest';
import { FilterError } from './errors.js';
import { toPredicate } from './predicate.js';
import { rowSource, type RowValues } from './testing/rows.js';
import { parseAddress } from './ip.js';
import { type Filter } from './tree.js';
import { parseValue } from './values.js';

function parse(name: ColumnName, text: string): Filter {
  const column = findColumn(name);
  if (!column) throw new Error(`no column ${name}`);
  return parseValue(column, text, name);
}

const matches = (name: ColumnName, text: string, row: Partial<RowValues>): boolean =>
  toPredicate(parse(name, text))(rowSource([row]))(0);

const ip = (text: string): Uint8Array => parseAddress(text)?.bytes ?? new Uint8Array();

describe('parseValue', () => {
  it.each<[ColumnName, string, Partial<RowValues>, Partial<RowValues>]>([
    ['dport', '80', { dport: 80 }, { dport: 81 }],
    ['dport', '0x1F90', { dport: 8080 }, { dport: 80 }],
    ['dport', ' 8000-9000 ', { dport: 9000 }, { dport: 9001 }],
    ['dport', '8000 - 9000', { dport: 8000 }, { dport: 7999 }],
    ['dport', '', {}, { dport: 1 }],
    ['packet_id', '18446744073709551615', { packet_id: 2n ** 64n - 1n }, { packet_id: 2n ** 64n - 2n }],
    ['packet_id', '0xffffffffffffffff', { packet_id: 2n ** 64n - 1n }, { packet_id: 0n }],
    ['mark', '4294967295', { mark: 2 ** 32 - 1 }, { mark: 0 }],
    ['chain', 'My Chain', { chain: 'My Chain' }, { chain: 'my chain' }],
    ['chain', ' in ', { chain: ' in ' }, { chain: 'in' }],
    ['chain', '', {}, { chain: 'in' }],
    ['sg_src', 'web', { sg_src: 'all,web' }, { sg_src: 'webs,a web' }],
    ['sg_dst', 'all', { sg_dst: 'all' }, { sg_dst: '' }],
    ['net_src', '', {}, { net_src: 'web' }],
    ['proto', '6', { proto: 'tcp' }, { proto: '6' }],
    ['proto', 'UDP', { proto: 'udp' }, { proto: 'tcp' }],
    ['proto', 'ipv6-icmp', { proto: 'icmpv6' }, { proto: 'icmp' }],
    ['proto', '0x11', { proto: 'udp' }, { proto: '17' }],
    ['proto', '', {}, { proto: 'tcp' }],
    ['ether_type', 'IP', { ether_type: 'ip' }, { ether_type: 'ip6' }],
    ['ether_type', 'ipv6', { ether_type: 'ip6' }, { ether_type: 'ipv6' }],
    ['ether_type', '2054', { ether_type: 'arp' }, { ether_type: '0x0806' }],
    ['ether_type', '0x88CC', { ether_type: '0x88cc' }, { ether_type: '35020' }],
    ['proto', '250', { proto: '250' }, { proto: 'tcp' }],
    ['fate', 'Dropped', { fate: 'dropped' }, { fate: 'accepted' }],
    ['fate', '', {}, { fate: 'dropped' }],
    ['decisive', 'true', { decisive: true }, { decisive: false }],
    ['decisive', '0', { decisive: false }, { decisive: true }],
    ['ip_src', '10.0.0.1', { ip_src: ip('10.0.0.1') }, { ip_src: ip('10.0.0.2') }],
    ['ip_src', '10.0.0.9/24', { ip_src: ip('10.0.0.1') }, { ip_src: ip('10.0.1.1') }],
    ['ip_src', '0.0.0.0/0', { ip_src: ip('255.0.0.1') }, { ip_src: ip('fd00::1') }],
    ['ip_src', '::/0', { ip_src: ip('fd00::1') }, { ip_src: ip('10.0.0.1') }],
    ['ip_src', '::/0', { ip_src: ip('::1') }, {}],
    ['ip_src', '::/127', { ip_src: ip('::1') }, {}],
    ['ip_src', '::/128', {}, { ip_src: ip('::1') }],
    ['ip_src', '::-::5', { ip_src: ip('::5') }, {}],
    ['ip_src', '::-ffff::', { ip_src: ip('fd00::1') }, {}],
    ['ip_src', '', {}, { ip_src: ip('::1') }],
    ['ip_src', '::', {}, { ip_src: ip('0.0.0.0') }],
    ['hw_src', 'AA-bb-cc-dd-ee-01', { hw_src: 0xaabbccddee01n }, { hw_src: 1n }],
    ['hw_src', '', {}, { hw_src: 1n }],
    ['tcp_flags', 'SYN', { tcp_flags: 0x12 }, { tcp_flags: 0x10 }],
    ['tcp_flags', 'syn, ack', { tcp_flags: 0x1a }, { tcp_flags: 0x02 }],
    ['tcp_flags', '', {}, { tcp_flags: 1 }],
    ['ct_status', 'assured,0x80000000', { ct_status: 0x80000004 }, { ct_status: 4 }],
    ['ts', '2026-11-21T10:00:00.5Z', { ts: 1795255200500000 }, { ts: 1795255200000000 }],
  ])('%s=%j matches one row and not the other', (name, text, matching, other) => {
    expect([matches(name, text, matching), matches(name, text, other)]).toEqual([true, false]);
  });

  it.each<[ColumnName, string, string]>([
    [
      'dport',
      '65536',
      'dport: "65536" is too large; use a number from 0 to 65535 (decimal or 0x…), or a range like 8000-9000.',
    ],
    ['proto', 'tpc', 'proto: "tpc" is not one of its names; use tcp, or a number from 0 to 255.'],
    ['proto', 'icmp-v6', 'proto: "icmp-v6" is not one of its names; use icmpv6, or a number from 0 to 255.'],
    [
      'proto',
      'constructor',
      'proto: "constructor" is not one of its names; use hopopt, icmp, igmp, ipip, tcp, udp,',
    ],
    ['proto', '256', 'proto: "256" is too large; use a number from 0 to 255, or a name such as'],
    ['proto', '9'.repeat(100_000), `proto: "${'9'.repeat(80)}…" is too large;`],
    ['proto', 'x'.repeat(100_000), `proto: "${'x'.repeat(80)}…" is not one of its names; use hopopt,`],
    ['ether_type', 'ipx', 'ether_type: "ipx" is not one of its names; use ip, or a number from 0 to 65535.'],
    ['dport', '-1', 'dport: "-1" is not a number;'],
    ['dport', '1.5', 'dport: "1.5" is not a number;'],
    ['dport', '080', 'dport: "080" is not a number;'],
    ['dport', 'http', 'dport: "http" is not a number;'],
    ['dport', '1e3', 'dport: "1e3" is not a number;'],
    ['dport', '1-2-3', 'dport: "1-2-3" is not a number;'],
    ['dport', '9-8', 'dport: "9-8" is a range that ends before it starts;'],
    ['ttl', '256', 'ttl: "256" is too large; use a number from 0 to 255'],
    ['packet_id', '18446744073709551616', 'packet_id: "18446744073709551616" is too large;'],
    ['packet_id', '9'.repeat(100_000), `packet_id: "${'9'.repeat(80)}…" is too large;`],
    [
      'fate',
      'lost',
      'fate: "lost" is not one of its values; use accepted, dropped, rejected, queued, stolen, unknown.',
    ],
    ['decisive', 'yes', 'decisive: "yes" is neither true nor false; use true or false.'],
    [
      'ip_src',
      '10.0.0',
      'ip_src: "10.0.0" is not an IP address; use an address, a prefix or a range: 10.0.0.1, 10.0.0.0/8,',
    ],
    ['ip_src', '10.0.0.1/33', 'ip_src: "10.0.0.1/33" is not an IP prefix;'],
    [
      'hw_src',
      'aa:bb-cc:dd:ee:ff',
      'hw_src: "aa:bb-cc:dd:ee:ff" is not a hardware address; use the form aa:bb:cc:dd:ee:ff.',
    ],
    ['tcp_flags', 'SIN', 'tcp_flags: "SIN" is not a flag of it; use FIN, SYN, RST, PSH, ACK, URG, ECE, CWR;'],
    [
      'ct_state',
      '0x100000000',
      'ct_state: "0x100000000" is not a flag of it; use invalid, established, related, new, untracked;',
    ],
    ['ct_state', 'new,,', 'ct_state: "new,," is not a flag of it;'],
    ['ts', 'now', 'ts: "now" is not a time;'],
    ['chain', 'a\0b', 'chain: "a\\u0000b" has a character that no name can have; use text without NUL.'],
    [
      'sg_src',
      'web,all',
      'sg_src: "web,all" has a comma, which separates names; use one name; several are several values.',
    ],
    ['chain', '\ud800', 'chain: "\\ud800" has a character that no name can have;'],
  ])('%s=%j is refused in one sentence', (name, text, message) => {
    expect(() => parse(name, text)).toThrow(FilterError);
    expect(() => parse(name, text)).toThrow(message);
  });

  it('takes the absent value of every column', () => {
    for (const column of columns) expect(matches(column.name, '', {}), column.name).toBe(true);
  });
});
