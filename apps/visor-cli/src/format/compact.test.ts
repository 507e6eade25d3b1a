import { columns, type ColumnName, type JsonValue } from '#columns';
import { describe, expect, it } from 'vitest';
import { rowJson } from '../testing/rows.js';
import { Clock } from './clock.js';
import { CompactFormatter } from './compact.js';
import { createNames } from './names.js';
import { paint } from './paint.js';
import { inZone } from '../testing/zone.js';

inZone('UTC');

const now = (): number => Date.parse('2026-11-21T15:00:00Z');
const line = (values: Partial<Record<ColumnName, JsonValue>>, colored = false): string =>
  new CompactFormatter({ clock: new Clock(now), paint: paint(colored) }).rows([rowJson(values)]);

const T = '14:03:11.204518 web1';
const RULE = 'inet filter forward handle 12 "tcp dport 8443 drop"';
const udp = { proto: 'udp', tcp_flags: '', dport: 53, fate: 'accepted' };
const icmp = { proto: 'icmp', sport: 0, dport: 0, tcp_flags: '' };
const icmp6 = { ...icmp, proto: 'icmpv6', ether_type: 'ip6', ip_src: 'fe80::1', ip_dst: 'ff02::1' };
const noIp = { ip_src: '', ip_dst: '', proto: '', sport: 0, dport: 0, tcp_flags: '' };
const hop = { decisive: false, verdict: 'continue' };

describe('compact', () => {
  it.each<[string, Partial<Record<ColumnName, JsonValue>>, string]>([
    ['the example of the design', {}, `${T} 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN DROPPED ${RULE}`],
    [
      'a policy',
      { type: 'policy', handle: '0', rule: '', chain: 'input' },
      `${T} 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN DROPPED policy drop: inet filter input`,
    ],
    [
      'a rule with a comment',
      { rule: 'tcp dport 8443 drop comment "no admin"', comment: 'no admin' },
      `${T} 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN DROPPED ${RULE} # no admin`,
    ],
    [
      'a sample',
      { ...udp, sampling: 16 },
      `${T} 10.0.0.2:51034 -> 10.0.1.2:53 udp ACCEPTED ${RULE} (1 of 16)`,
    ],
    [
      'security groups, and a network without one',
      { ...udp, sg_src: 'web,edge', net_src: 'dmz', net_dst: 'storage' },
      `${T} 10.0.0.2:51034 (web,edge) -> 10.0.1.2:53 (storage) udp ACCEPTED ${RULE}`,
    ],
    ['UDP', udp, `${T} 10.0.0.2:51034 -> 10.0.1.2:53 udp ACCEPTED ${RULE}`],
    [
      'several flags',
      { tcp_flags: 'SYN,ACK' },
      `${T} 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN,ACK DROPPED ${RULE}`,
    ],
    [
      'IPv6 with ports',
      { ip_src: 'fd00::1', ip_dst: 'fd00::2', fate: 'rejected' },
      `${T} [fd00::1]:51034 -> [fd00::2]:8443 tcp SYN REJECTED ${RULE}`,
    ],
    ['ICMP', { ...icmp, icmp_type: 8 }, `${T} 10.0.0.2 -> 10.0.1.2 icmp echo-request DROPPED ${RULE}`],
    [
      'an ICMP error',
      { ...icmp, icmp_type: 3, icmp_code: 3 },
      `${T} 10.0.0.2 -> 10.0.1.2 icmp destination-unreachable/port-unreachable DROPPED ${RULE}`,
    ],
    [
      'ICMP without a name',
      { ...icmp, icmp_type: 200, icmp_code: 7 },
      `${T} 10.0.0.2 -> 10.0.1.2 icmp type 200 code 7 DROPPED ${RULE}`,
    ],
    [
      'ICMPv6',
      { ...icmp6, icmp_type: 135 },
      `${T} fe80::1 -> ff02::1 icmpv6 nd-neighbor-solicit DROPPED ${RULE}`,
    ],
    [
      'an ICMPv6 error',
      { ...icmp6, icmp_type: 1, icmp_code: 4 },
      `${T} fe80::1 -> ff02::1 icmpv6 destination-unreachable/port-unreachable DROPPED ${RULE}`,
    ],
    [
      'the unspecified IPv6 address',
      { ...icmp6, ip_src: '', icmp_type: 143 },
      `${T} :: -> ff02::1 icmpv6 mld2-listener-report DROPPED ${RULE}`,
    ],
    [
      'a fragment',
      { ...udp, sport: 0, dport: 0, frag_offset: 1480 },
      `${T} 10.0.0.2 -> 10.0.1.2 udp fragment@1480 ACCEPTED ${RULE}`,
    ],
    [
      'ARP',
      {
        ...noIp,
        ether_type: 'arp',
        ip_src: '10.0.0.2',
        ip_dst: '10.0.0.1',
        hw_dst: 'ff:ff:ff:ff:ff:ff',
        family: 'arp',
      },
      `${T} 10.0.0.2 (02:00:00:00:00:01) -> 10.0.0.1 (ff:ff:ff:ff:ff:ff) arp DROPPED arp filter forward handle 12 "tcp dport 8443 drop"`,
    ],
    [
      'another ether type',
      { ...noIp, ether_type: '0x88cc' },
      `${T} 02:00:00:00:00:01 -> 02:00:00:00:00:02 0x88cc DROPPED ${RULE}`,
    ],
    ['no headers', { ...noIp, ether_type: '', hw_src: '', hw_dst: '' }, `${T} - -> - ? DROPPED ${RULE}`],
    [
      'no rule text',
      { rule: '' },
      `${T} 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN DROPPED inet filter forward handle 12`,
    ],
    ['an unknown fate', { fate: 'unknown' }, `${T} 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN UNKNOWN ${RULE}`],
    [
      'no agent',
      { agent_id: '' },
      `14:03:11.204518 - 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN DROPPED ${RULE}`,
    ],
    ['a hop that goes on', hop, `${T} 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN CONTINUE ${RULE}`],
    [
      'a jump',
      { decisive: false, verdict: 'jump', jt: 'web', rule: 'tcp dport 8443 jump web' },
      `${T} 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN JUMP inet filter forward handle 12 "tcp dport 8443 jump web"`,
    ],
    [
      'a jump by a map',
      { decisive: false, verdict: 'goto', jt: 'web', rule: 'tcp dport vmap @ports' },
      `${T} 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN GOTO inet filter forward handle 12 "tcp dport vmap @ports" to web`,
    ],
    [
      'the end of a chain',
      { ...hop, handle: '0', rule: '' },
      `${T} 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN CONTINUE end of chain: inet filter forward`,
    ],
    [
      'another day',
      { ts: '2026-11-20T23:59:59.000001Z' },
      `2026-11-20 23:59:59.000001 web1 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN DROPPED ${RULE}`,
    ],
    [
      'what would act on a terminal',
      { agent_id: 'a\x1b[2Jb', chain: 'c\u202ed\x9b', rule: 'e\r\nf\x07 ü→"' },
      '14:03:11.204518 a\\x1b[2Jb 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN DROPPED inet filter c\\u202ed\\x9b handle 12 "e\\x0d\\x0af\\x07 ü→""',
    ],
  ])('shows %s', (_, values, expected) => {
    expect(line(values)).toBe(`${expected}\n`);
  });

  it('shows a row of a hub that knows fewer columns', () => {
    const json = '{"ts":"2026-11-21T14:03:11.2Z","ip_src":"10.0.0.2"}';
    expect(new CompactFormatter({ clock: new Clock(now), paint: paint(false) }).rows([json])).toBe(
      '14:03:11.200000 - 10.0.0.2 -> - ? ? end of chain: \n',
    );
  });

  it('refuses what is no row', () => {
    const formatter = new CompactFormatter({ clock: new Clock(now), paint: paint(false) });
    expect(() => formatter.rows(['{"ts":'])).toThrow('the hub sent a row that is no JSON: {"ts":');
  });

  it('colours the fate only, and dims the time', () => {
    expect(line({}, true)).toBe(
      `\x1b[2m14:03:11.204518\x1b[22m web1 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN \x1b[91m\x1b[1mDROPPED\x1b[22m\x1b[39m ${RULE}\n`,
    );
    expect(line({ fate: 'accepted' }, true)).toContain('\x1b[32mACCEPTED\x1b[39m');
    expect(line({ ...hop, verdict: 'jump' }, true)).toContain(' JUMP ');
  });

  const named = (values: Partial<Record<ColumnName, JsonValue>>, width = Infinity): string => {
    const names = createNames({ numeric: false });
    const formatter = new CompactFormatter({ clock: new Clock(now), paint: paint(false), names, width });
    return formatter.rows([rowJson(values)]);
  };

  it.each<[string, Partial<Record<ColumnName, JsonValue>>, string]>([
    ['of the service', { dport: 443 }, '10.0.0.2:51034 -> 10.0.1.2:443(https) tcp'],
    ['of its own in another protocol', { ...udp, dport: 514 }, '10.0.0.2:51034 -> 10.0.1.2:514(syslog) udp'],
    [
      'of the service in an answer',
      { sport: 443, dport: 51034 },
      '10.0.0.2:443(https) -> 10.0.1.2:51034 tcp',
    ],
    [
      'of one side, where a client happens to have a port of a service',
      { sport: 3306, dport: 443 },
      '10.0.0.2:3306 -> 10.0.1.2:443(https) tcp',
    ],
    [
      'of both where both are servers',
      { ...udp, sport: 53, dport: 53 },
      '10.0.0.2:53(domain) -> 10.0.1.2:53(domain) udp',
    ],
    [
      'in IPv6',
      { ip_src: 'fd00::1', ip_dst: 'fd00::2', dport: 22 },
      '[fd00::1]:51034 -> [fd00::2]:22(ssh) tcp',
    ],
    ['none of a port without', {}, '10.0.0.2:51034 -> 10.0.1.2:8443 tcp'],
    ['of a protocol', { ...icmp, proto: '88' }, '10.0.0.2 -> 10.0.1.2 88(eigrp) '],
    ['of an ether type', { ...noIp, ether_type: '0x88cc' }, ' 0x88cc(lldp) '],
    ['none of a protocol without', { ...icmp, proto: '200' }, '10.0.0.2 -> 10.0.1.2 200 '],
  ])('shows the name %s', (_, values, expected) => {
    expect(named(values)).toContain(expected);
  });

  it('shows fate and rule below where a terminal has no room beside', () => {
    const wide = named({ dport: 443 });
    expect(named({ dport: 443 }, wide.length - 1)).toBe(wide);
    expect(named({ dport: 443 }, wide.length - 2)).toBe(
      `${T} 10.0.0.2:51034 -> 10.0.1.2:443(https) tcp SYN\n    DROPPED ${RULE}\n`,
    );
    expect(named({ dport: 443, sg_src: 'clients', sg_dst: 'web' }, 70)).toBe(
      `${T} 10.0.0.2:51034 (clients) -> 10.0.1.2:443(https)\n    (web) tcp SYN DROPPED inet filter forward handle 12 "tcp dport\n    8443 drop"\n`,
    );
  });

  it('lets no row break out of its line, on a terminal too', () => {
    const nasty = '\x1b[2J\r\n\u202e\u2028\u200b';
    const values = Object.fromEntries(columns.map(({ name }) => [name, nasty]));
    for (const width of [40, 80, Infinity]) {
      const text = named({ ...values, ts: '2026-11-21T14:03:11.204518Z', rule: `a ${nasty} b` }, width);
      expect(text).not.toMatch(/[^\n\P{Cc}]|[\u202e\u2028\u200b]/u);
      for (const line of text.split('\n').slice(1, -1)) expect(line).toMatch(/^ {4}\S/);
    }
  });
});
