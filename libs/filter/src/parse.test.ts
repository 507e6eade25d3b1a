import { describe, expect, it } from 'vitest';
import { FilterError } from './errors.js';
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

  it.each<
    [string, string, { code?: string; offset: number; length?: number; line?: number; column?: number }]
  >([
    ['', 'query, line 1, column 1: is empty; use a condition like dport == 80.', { offset: 0, length: 0 }],
    [' \n', 'is empty; use a condition like', { offset: 2, line: 2, column: 1 }],
    ['# nothing', 'breaks off; use a column, "not" or "(".', { offset: 9 }],
    [
      'dport ==',
      'query, line 1, column 9: breaks off; use a value or "(".',
      { code: 'syntax', offset: 8, length: 0 },
    ],
    [
      'dport == 80 proto',
      '"proto" cannot stand here; use an operator, "and", "or" or ",".',
      { offset: 12, length: 5 },
    ],
    ['(dport == 80', 'breaks off; use an operator, "and", "or", ")" or ",".', { offset: 12 }],
    ['dport == 80)', '")" cannot stand here;', { offset: 11, length: 1 }],
    ['dport in ()', '")" cannot stand here; use a value or "(".', { offset: 10 }],
    ['dport == 80 and', 'breaks off; use a column, "not" or "(".', { offset: 15 }],
    ['and dport == 80', '"and" cannot stand here; use a column, "not" or "(".', { offset: 0, length: 3 }],
    ['dport == in', '"in" cannot stand here; use a value or "(".', { offset: 9 }],
    ['dport == 80 & sport == 80', '"&" cannot stand here;', { offset: 12 }],
    ['dport === 80', '"=" cannot stand here;', { offset: 8 }],
    ['dport == 80; drop', '";" cannot stand here;', { offset: 11 }],
    ['len(chain)', '"(" cannot stand here;', { offset: 3 }],
    ['"input"', '"\\"input\\"" is no condition; use a column before it', { offset: 0, length: 7 }],
    ['80-90', '"80-90" is no column;', { offset: 0 }],
    // quotes and characters
    [
      'chain == "in',
      '"\\"in" is a quote without an end; use " to end it.',
      { code: 'syntax', offset: 9, length: 3 },
    ],
    ['chain == \'in" and x', "is a quote without an end; use ' to end it.", { offset: 9 }],
    ['chain == `in', 'is a quote without an end; use ` to end it.', { offset: 9 }],
    ['chain == "in\\"', 'is a quote without an end;', { offset: 9 }],
    [
      'chain == "a\u0007b"',
      '"\\u0007" is a control character; use an escape for it, as \\x1b.',
      { offset: 11, length: 1 },
    ],
    ['chain\u0000 == a', '"\\u0000" cannot stand here;', { offset: 5, length: 1 }],
    ['chain == a\u001b[31m', '"\\u001b" cannot stand here;', { offset: 10 }],
    ['chain == "a\\x00"', 'chain "\\"a\\\\x00\\"" has a character that no name can have;', { offset: 9 }],
    ['chain == "\\ud800"', 'has a character that no name can have;', { offset: 9 }],
    ['dport == 80 /* so', '"/*" starts a comment without an end; use */ to end it.', { offset: 12 }],
    // columns
    ['dprot == 80', '"dprot" is no column; use dport.', { code: 'unknown_column', offset: 0, length: 5 }],
    [
      'dport == 80 and\n  src-ip == 10.0.0.1',
      'query, line 2, column 3: "src-ip" is no column; use ip-src.',
      { offset: 18, line: 2, column: 3, length: 6 },
    ],
    ['saddr == 10.0.0.1', '"saddr" is no column; use ip-src.', { offset: 0 }],
    [
      'nonsense == 1',
      '"nonsense" is no column; use the name of a column, as dport, ip-src or chain.',
      { offset: 0 },
    ],
    ['__proto__ == 1', '"__proto__" is no column;', { offset: 0 }],
    ['chian == table', '"chian" is no column; use chain.', { offset: 0 }],
    ['80 == 80', '"80" is no column;', { offset: 0 }],
    ['80 in (dport, sport)', '"80" is no column;', { offset: 0 }],
    // types
    [
      'ip-src == "abc"',
      'query, line 1, column 11: ip-src "\\"abc\\"" is not an IP address; use an address, a prefix or a range:',
      { code: 'malformed', offset: 10, length: 5 },
    ],
    ['ip-src == 80', 'ip-src "80" is not an IP address;', { offset: 10 }],
    [
      'ip-src ~ "^10"',
      'ip-src "~" is no operator for addresses; use ==, !=, in, not in, <, <=, >, >=.',
      { code: 'wrong_type', offset: 7, length: 1 },
    ],
    ['ip-src contains 10', 'ip-src "contains" is no operator for addresses;', { offset: 7, length: 8 }],
    ['ip-src > 10.0.0.0/8', 'ip-src "10.0.0.0/8" is not one value; use one value after >.', { offset: 9 }],
    ['ip-src in 10.0.0.1-fd00::1', 'is a range from one IP version to the other;', { offset: 10 }],
    ['ip-src in 10.0.0.9-10.0.0.1', 'is a range that ends before it starts;', { offset: 10 }],
    ['dport == http', 'dport "http" is not a number; use a number from 0 to 65535', { offset: 9 }],
    ['dport == 10.0.0.1', 'dport "10.0.0.1" is not a number;', { offset: 9 }],
    ['dport == 65536', 'dport "65536" is too large;', { code: 'out_of_range', offset: 9 }],
    ['dport in (80, 99999)', 'dport "99999" is too large;', { offset: 14 }],
    ['port in (80, 99999)', 'sport "99999" is too large;', { offset: 13 }],
    [
      'dport == 80,443',
      'dport "80,443" are several values; use in before a list.',
      { code: 'wrong_type', offset: 9, length: 6 },
    ],
    ['dport > (80, 443)', 'dport "(80, 443)" is not one value;', { offset: 8 }],
    ['dport ~ 80', 'dport "~" is no operator for numbers;', { offset: 6 }],
    ['dport in 9..8', 'dport "9..8" is a range that ends before it starts;', { offset: 9 }],
    [
      'chain == 80',
      'chain "80" is a number, and chain has names; use quotes if it is a name: "80".',
      { code: 'wrong_type', offset: 9 },
    ],
    ['chain == 10.0.0.1', 'chain "10.0.0.1" is an address, and chain has names;', { offset: 9 }],
    ['net-src in 10.0.0.0/8', 'net-src "10.0.0.0/8" is a prefix, and net-src has names;', { offset: 11 }],
    ['iif == aa:bb:cc:dd:ee:ff', 'is a hardware address, and iif has names;', { offset: 7 }],
    ['chain in "a".."b"', 'is a range, and chain has names; use one value.', { offset: 9, length: 8 }],
    [
      'chain == dport',
      '"dport" is a column whose values cannot be compared with those of chain by ==; use quotes if it is a value.',
      { code: 'wrong_type', offset: 9 },
    ],
    [
      'sg-src < sg-dst',
      '"sg-dst" is a column whose values cannot be compared with those of sg_src by <;',
      { offset: 9 },
    ],
    ['tcp-flags == ct-state', 'is a column whose values cannot be compared', { offset: 13 }],
    [
      'fate == lost',
      'fate "lost" is not one of its values; use accepted, dropped, rejected, queued, stolen, unknown.',
      { code: 'unknown_value', offset: 8 },
    ],
    ['fate == ""and x', '"x" is no column;', { offset: 14 }],
    [
      'decisive > false',
      'decisive ">" is no operator for true and false; use ==, !=, in, not in.',
      { offset: 9 },
    ],
    [
      'tcp-flags > SYN',
      'tcp-flags ">" is no operator for flags; use ==, !=, in, not in, contains, not contains.',
      { offset: 10 },
    ],
    ['tcp-flags == SIN', 'tcp-flags "SIN" is not a flag of it; use FIN, SYN,', { offset: 13 }],
    ['tcp-flags == SYN..ACK', 'tcp-flags', { offset: 13 }],
    ['ts > yesterday', 'ts "yesterday" is not a time; use now, how long ago', { offset: 5 }],
    ['ts in 1h..3h', 'is a range that ends before it starts; use the earlier time first.', { offset: 6 }],
    ['sg-src == "a,b"', 'sg-src "\\"a,b\\"" has a comma, which separates names;', { offset: 10 }],
    ['sg-src contains "a,b"', 'has a comma, which separates names;', { offset: 16 }],
    ['chain contains ""', 'chain "\\"\\"" is empty; use some text to look for.', { offset: 15 }],
    [
      'chain contains (a, b)',
      'chain "(a, b)" is not one text; use one text in quotes after contains.',
      { offset: 15 },
    ],
    ['(dport == 80) == 443', '"==" follows a condition, which has no value;', { offset: 14 }],
    [
      'dport in (80) in (90)',
      'cannot be one of several comparisons in a row; use and between them.',
      { offset: 6 },
    ],
    // regular expressions
    [
      'chain ~ "("',
      'chain "\\"(\\"" is not a regular expression: missing closing ): `(`; use RE2\'s syntax',
      { code: 'malformed', offset: 8 },
    ],
    ['chain ~ "(?=a)"', 'is not a regular expression: invalid or unsupported Perl syntax', { offset: 8 }],
    ['chain ~ `(a)\\1`', 'is not a regular expression: invalid escape sequence', { offset: 8 }],
    ['chain ~ `\\C`', 'is not a regular expression', { offset: 8 }],
    ['chain ~ "a{1001}"', 'is not a regular expression: invalid repeat count', { offset: 8 }],
    ['chain ~ "(((a{10}){10}){10}){10}"', 'is not a regular expression: invalid repeat count', { offset: 8 }],
    [
      'chain ~ "(\\pL{900})"',
      'is too large a regular expression; use fewer or smaller repetitions.',
      { code: 'too_large', offset: 8 },
    ],
    [
      `chain ~ "${'(x+x+)+'.repeat(40)}"`,
      'is a regular expression of 280 characters; use at most 256.',
      { code: 'too_large', offset: 8 },
    ],
    [
      'chain ~ "\\p{Klingon}"',
      'is not a regular expression: \\p{Klingon} is no class of characters here;',
      { offset: 8 },
    ],
    [
      Array.from({ length: 21 }, () => 'chain ~ a').join(' or '),
      '"~" is one regular expression too many; use at most 20.',
      { code: 'too_many', offset: 266 },
    ],
    // limits
    [
      `dport in (${many(MAX_VALUES + 1)})`,
      `makes more than ${MAX_VALUES} values; use at most ${MAX_VALUES} in one query.`,
      { code: 'too_many', offset: 9 },
    ],
    [
      `chain == a or dport in (${many(MAX_VALUES)})`,
      'makes more than 1000 values;',
      { code: 'too_many', offset: 23 },
    ],
    [
      deep(MAX_DEPTH + 1),
      '"(" opens parentheses that are too deep; use at most 64 levels.',
      { code: 'too_large', offset: MAX_DEPTH, length: 1 },
    ],
    ['('.repeat(60_000), 'opens parentheses that are too deep;', { offset: MAX_DEPTH }],
    [`dport in ${'('.repeat(60_000)}`, 'opens parentheses that are too deep;', { offset: 9 + MAX_DEPTH }],
    ['not '.repeat(15_000), 'breaks off;', { offset: 60_000 }],
    [
      `dport == 443${' '.repeat(MAX_TEXT)}`,
      'starts a text of 65548 characters; use at most 65536.',
      { code: 'too_large', offset: 0 },
    ],
    [
      `dport == ${'9'.repeat(60_000)}`,
      `dport "${'9'.repeat(80)}…" is too large;`,
      { code: 'out_of_range', offset: 9 },
    ],
    [`${'x'.repeat(60_000)} == 1`, 'is no column; use the name of a column', { offset: 0 }],
  ])('refuses %.60j', (text, message, place) => {
    let error: unknown;
    try {
      parseFilter(text, { nowUs: NOW });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(FilterError);
    expect((error as FilterError).message).toContain(message);
    expect((error as FilterError).message).toMatch(/^query, line \d+, column \d+: .*; use .*\.$/s);
    expect(error).toMatchObject({ field: 'query', ...place });
  });

  it('names the field that the text came from', () => {
    expect(() => parseFilter('x', { field: '--query' })).toThrow(
      /^--query, line 1, column 1: "x" is no column;/,
    );
  });
});
