import { describe, expect, it } from 'vitest';
import { formatFilter } from './format.js';
import { parseAddress } from './ip.js';
import { MAX_VALUES } from './parameters.js';
import { parseFilter } from './parse.js';
import { toPredicate } from './predicate.js';
import { MAX_DEPTH, MAX_TEXT } from './syntax.js';
import { rowSource, type RowValues } from './testing/rows.js';

const NOW = 1_795_255_200_000_000; // 2026-11-21T10:00:00Z
const ip = (text: string): Uint8Array => parseAddress(text)?.bytes ?? new Uint8Array(16);

const rows: readonly Partial<RowValues>[] = [
  {
    ts: NOW - 60e6,
    dport: 443,
    sport: 40_000,
    ip_src: ip('10.0.0.1'),
    ip_dst: ip('192.0.2.1'),
    proto: 'tcp',
    tcp_flags: 0x02,
    chain: 'input',
    sg_src: 'web,all',
    sg_dst: 'db',
    fate: 'dropped',
    type: 'rule',
    decisive: true,
    len: 60,
    ether_type: 'ip',
  },
  {
    ts: NOW - 7200e6,
    dport: 53,
    sport: 53,
    ip_src: ip('10.0.0.2'),
    ip_dst: ip('10.0.0.2'),
    proto: 'udp',
    chain: 'my chain',
    table: 'my chain',
    sg_src: 'db,all',
    sg_dst: 'all',
    fate: 'accepted',
    type: 'policy',
    len: 1500,
    ether_type: 'ip',
  },
  {
    ts: NOW - 1,
    ip_src: ip('fd00::1'),
    ip_dst: ip('fd00::2'),
    proto: 'icmpv6',
    chain: 'Input-2',
    iif: 'eth0.100',
    fate: 'accepted',
    hw_src: 0xaabbccddee01n,
    ether_type: 'ip6',
    comment: 'it\'s "so" ü😀\n',
  },
  {
    ts: 0,
    tcp_flags: 0x12,
    sport: 80,
    dport: 8080,
    rule: 'tcp dport 8080 drop',
    handle: 2n ** 63n,
    ether_type: '0x88cc',
  },
];

function matching(text: string): number[] {
  const filter = parseFilter(text, { nowUs: NOW });
  const again = parseFilter(formatFilter(filter));
  const [test, same] = [filter, again].map((each) => toPredicate(each)(rowSource(rows)));
  const all = rows.map((_, row) => row);
  expect(all.filter(same ?? (() => false)), formatFilter(filter)).toEqual(all.filter(test ?? (() => false)));
  return all.filter(test ?? (() => false));
}

describe('parseFilter', () => {
  it.each<[string, number[]]>([
    // spelling
    ['dport == 443', [0]],
    ['DPORT=443', [0]],
    ['ip_src == 10.0.0.1 AND Ip-Dst == 192.0.2.1', [0]],
    ['not dport == 443 && sport != 80', [1, 2]],
    ['  dport\n==\n443 # the secure one\n', [0]],
    ['dport == 443 // one', [0]],
    ['dport /* the */ == /* secure */ 443', [0]],
    // NOT over AND over OR
    ['dport == 443 or dport == 53 and proto == udp', [0, 1]],
    ['(dport == 443 or dport == 53) and proto == udp', [1]],
    ['not dport == 443 and proto == tcp or dport == 53', [1]],
    ['!!dport == 443', [0]],
    ['not not not dport == 443', [1, 2, 3]],
    ['true', [0, 1, 2, 3]],
    ['false or dport == 53', [1]],
    // numbers
    ['dport in (443, 53)', [0, 1]],
    ['dport not in (443, 53)', [2, 3]],
    ['dport in 8000-9000', [3]],
    ['dport in 8000 - 9000', [3]],
    ['dport in 8000..9000', [3]],
    ['dport in (50-60, 443, 0x1f90)', [0, 1, 3]],
    ['dport == 400-500', [0]],
    ['dport != 400-500', [1, 2, 3]],
    ['dport >= 443', [0, 3]],
    ['443 < dport', [3]],
    ['dport > (443)', [3]],
    ['chain contains (nput)', [0, 2]],
    ['50 <= dport <= 443', [0, 1]],
    ['dport', [0, 1, 3]],
    ['not dport', [2]],
    ['dport == ""', [2]],
    ['handle > 9_000_000_000_000_000_000', [3]],
    ['sport == dport', [1, 2]],
    ['sport > dport', [0]],
    ['sport != dport', [0, 3]],
    // addresses
    ['ip-src in 10.0.0.0/31', [0]],
    ['ip-src == 10.0.0.0/30', [0, 1]],
    ['ip-src in (10.0.0.1, fd00::/8)', [0, 2]],
    ['ip-src not in 10.0.0.0/8', [2, 3]],
    ['ip-src in 10.0.0.2-10.0.0.9', [1]],
    ['ip-src in 10.0.0.0 .. 10.0.0.1', [0]],
    ['ip-src in ::/0', [2]],
    ['ip-src in 0.0.0.0/0', [0, 1]],
    ['ip-src < 10.0.0.2', [0]],
    ['ip-src >= "10.0.0.2"', [1]],
    ['ip-src > ::', [2]],
    ['ip-src < 0.0.0.0', []],
    // The neighbours of the IPv4 addresses within IPv6.
    ['ip-src > ::fffe:ffff:ffff', [2]],
    ['ip-src < ::1:0:0:0', []],
    ['ip-src <= ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', [2]],
    ['ip-src == ip-dst', [1, 3]],
    ['ip-src', [0, 1, 2]],
    ['hw-src == AA:bb:cc:dd:ee:01', [2]],
    ['hw-src > "aa:bb:cc:dd:ee:00"', [2]],
    // either side
    ['ip == 10.0.0.2', [1]],
    ['ip != 10.0.0.2', [0, 2, 3]],
    ['port in (53, 80)', [1, 3]],
    ['port not in (53, 80)', [0, 2]],
    ['port < 100', [1, 2, 3]],
    ['sg == db', [0, 1]],
    ['not sg', [2, 3]],
    ['ip in 192.0.2.0/24', [0]],
    // names
    ['chain == input', [0]],
    ['chain == "my chain"', [1]],
    ["chain == 'my chain'", [1]],
    ['chain == `my chain`', [1]],
    ['chain == "my\\x20ch\\u0061in"', [1]],
    ['iif == eth0.100', [2]],
    ['chain in (input, "Input-2")', [0, 2]],
    ['chain == Input-2', [2]],
    ['chain == table', [1, 3]],
    ['chain in a..b', []],
    ['chain == "table"', []],
    ['chain > input', [1]],
    ['chain contains nput', [0, 2]],
    ['chain contains "my "', [1]],
    ['chain not contains n', [3]],
    ['chain ~ "^in"', [0]],
    ['chain ~ "(?i)^in"', [0, 2]],
    ['chain !~ "(?i)^in"', [1, 3]],
    ['chain matches "\\w-\\d$"', [2]],
    ['chain ~ "^$"', [3]],
    ['comment ~ `"so" .😀.$`', [2]],
    ['comment == "it\'s \\"so\\" ü😀\\n"', [2]],
    ['comment', [2]],
    ['proto == 6', [0]],
    ['proto in (TCP, 17)', [0, 1]],
    ['proto contains "cp"', [0]],
    ['proto ~ "^ud"', [1]],
    ['proto == 0b110', [0]],
    ['ether-type == ip', [0, 1]],
    ['ether_type == 0x88cc', [3]],
    ['ether_type contains ip', [0, 1, 2]],
    // lists
    ['sg-src == all', [0, 1]],
    ['sg-src != web', [1, 2, 3]],
    ['sg-src in (web, db) and sg-src == all', [0, 1]],
    ['sg-src ~ "^(web|db)$"', [0, 1]],
    ['sg-src ~ "^a"', [0, 1]],
    ['sg-src contains we', [0]],
    ['sg-src > dc', [0]],
    ['sg-src == sg-dst', [1, 2, 3]],
    ['sg-src == ""', [2, 3]],
    // values of their own
    ['fate == dropped', [0]],
    ['fate in (DROPPED, "accepted")', [0, 1, 2]],
    ['fate ~ "^acc"', [1, 2]],
    ['type == rule', [0]],
    ['type > policy', [0]],
    ['decisive', [0]],
    ['not decisive', [1, 2, 3]],
    ['decisive == false', [1, 2, 3]],
    ['decisive = 1', [0]],
    // flags
    ['tcp-flags == SYN', [0]],
    ['tcp-flags == SYN,ACK', [3]],
    ['tcp-flags == syn|ack', [3]],
    ['tcp-flags == "SYN,ACK"', [3]],
    ['tcp-flags != SYN', [1, 2, 3]],
    ['tcp-flags contains SYN', [0, 3]],
    ['tcp-flags contains SYN,ACK and dport', [3]],
    ['tcp-flags contains (SYN, ACK)', [3]],
    ['tcp-flags not contains ACK and tcp-flags', [0]],
    ['tcp-flags in (SYN, ACK)', [0]],
    ['tcp-flags in (SYN, SYN|ACK)', [0, 3]],
    ['tcp-flags == ""', [1, 2]],
    ['tcp-flags == 0x12', [3]],
    // times
    ['ts > 15m', [0, 2]],
    ['ts < 1h', [1, 3]],
    ['ts >= "2026-11-21T09:59:00Z"', [0, 2]],
    ['ts >= 2026-11-21T09:59:00Z', [0, 2]],
    ['ts >= 2026-11-21T12:59:00+03:00', [0, 2]],
    ['ts > "2026-11-21 08:30"', [0, 2]],
    ['ts in 3h..1h', [1]],
    ['ts in 2026-11-21T07:00:00Z..2026-11-21T09:00:00Z', [1]],
    ['ts in "2026-11-21 07:00" .. "2026-11-21 09:00"', [1]],
    ['ts < now', [0, 1, 2, 3]],
  ])('%s', (text, expected) => {
    expect(matching(text)).toEqual(expected);
  });

  const many = (count: number): string => Array.from({ length: count }, (_, i) => i).join(',');
  const deep = (depth: number): string => '('.repeat(depth) + 'dport == 443' + ')'.repeat(depth);

  it('takes texts up to its limits', () => {
    expect(matching(`dport in (${many(MAX_VALUES)})`)).toEqual([0, 1, 2]);
    expect(matching(`port in (${many(MAX_VALUES / 2)})`)).toEqual([0, 1, 2, 3]);
    expect(matching(deep(MAX_DEPTH))).toEqual([0]);
    expect(matching(`${'not '.repeat(10_000)} dport == 443`)).toEqual([0]);
    expect(matching(`${'true and '.repeat(7000)} dport == 443`)).toEqual([0]);
    expect(matching(`dport == 443${' '.repeat(MAX_TEXT - 12)}`)).toEqual([0]);
  });
});
