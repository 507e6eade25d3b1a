import { describe, expect, it } from 'vitest';
import { parseFilter } from './parse.js';
import { toSql } from './sql.js';

/**
 * The language of the original Visor is that of the expression parser it uses: comparisons of its 21 names with strings
 * in quotes and integers, `in` and `not in` lists, and, or, not, &&, ||, !. Every form has to be taken, by every name.
 */
const names: Readonly<Record<string, readonly [string, string, string, string]>> = {
  trid: ['123', '234', '456', '789'],
  table: ["'tb1'", "'tb2'", "'tb2'", "'tb3'"],
  chain: ["'ch1'", "'ch2'", "'ch3'", "'ch4'"],
  jt: ["'jt1'", "'jt2'", "'jt3'", "'jt4'"],
  handle: ['1', '2', '3', '4'],
  family: ["'ip'", "'ip6'", "'arp'", "'inet'"],
  iif: ["'eth0'", "'eth1'", "'eth2'", "'eth3'"],
  oif: ["'eth0'", "'eth1'", "'eth2'", "'eth3'"],
  'hw-src': ["'00:00:00:00:00:00'", "'00:00:00:00:00:01'", "'00:00:00:00:00:02'", "'00:00:00:00:00:03'"],
  'hw-dst': ["'00:00:00:00:00:00'", "'00:00:00:00:00:01'", "'00:00:00:00:00:02'", "'00:00:00:00:00:03'"],
  'ip-src': ["'192.168.0.1'", "'192.168.0.2'", "'192.168.0.3'", "'192.168.0.4'"],
  'ip-dst': ["'192.168.0.1'", "'192.168.0.2'", "'192.168.0.3'", "'192.168.0.4'"],
  sport: ['80', '443', '8080', '9650'],
  dport: ['80', '443', '8080', '9650'],
  'sg-src': ["'sg1'", "'no-routed'", "'sg-1'", "'sg-sg'"],
  'sg-dst': ["'sg1'", "'no-routed'", "'sg-1'", "'sg-sg'"],
  'net-src': ["'net1'", "'net2'", "'net3'", "'net4'"],
  'net-dst': ["'net1'", "'net2'", "'net3'", "'net4'"],
  len: ['10', '20', '30', '40'],
  proto: ["'tcp'", "'udp'", "'icmp'", "'igmp'"],
  verdict: ["'accept'", "'drop'", "'continue'", "'goto'"],
};

/** `N` is the name; `A` … `D` are values of it. */
const forms = [
  'N==A',
  'N == A',
  'N = A',
  'N != A',
  'N!=A',
  'N > A',
  'N >= A',
  'N < A',
  'N <= A',
  'N == A or N == B',
  'N == A || N == B',
  'N == A OR N == B',
  'N > A && N < B',
  'N >= A and N <= B',
  'N >= A AND N <= B',
  '(N >= A and N <= B)',
  '(N >= A and N <= B) || N > C',
  '(N < A or N > B) and N != C',
  '(N >= A and N <= B) || (N >= C and N <= D)',
  '!(N >= A and N <= B)',
  'not (N >= A and N <= B)',
  'not N == A',
  '!N == A',
  'N in (A,B,C,D)',
  'N in(A,B,C,D)',
  'N IN ( A , B )',
  'N in (A)',
  'N in A',
  'N in ((A),(B,C))',
  'N not in (A,B,C,D)',
  'N not in(A,B,C,D)',
  'N NOT IN (A)',
  'not (N in (A,B))',
  '! N in (A,B)',
  '(N < A or N > B) and !(N == C or N == D)',
  'A == N',
  'A < N',
  '(N) == (A)',
  'N > (A)',
  '((N == A))',
  'N == A // so',
  'N /* this */ == A',
  '  N\n==\tA\r\n',
];

describe('what the original takes', () => {
  it.each(Object.keys(names))('%s in every form, either spelling', (name) => {
    const values = names[name] ?? [];
    for (const form of forms) {
      for (const spelling of [name, name.replace('-', '_')]) {
        const text = form
          .replace(/\b[A-D]\b/g, (letter) => values['ABCD'.indexOf(letter)] ?? '')
          .replace(/\bN\b/g, spelling);
        expect(toSql(parseFilter(text)).sql, text).toContain(name.replace('-', '_'));
      }
    }
  });

  it('its own example', () => {
    const example = "(sport>=80 and sport<=443) and ip-dst=='93.184.215.14' and dport not in (80,443)";
    expect(toSql(parseFilter(example))).toEqual({
      sql:
        '(`sport` >= {p0:UInt16} AND `sport` <= {p1:UInt16}) AND `ip_dst` = {p2:IPv6} AND ' +
        'NOT (`dport` = {p3:UInt16} OR `dport` = {p4:UInt16})',
      params: { p0: 80, p1: 443, p2: '::ffff:93.184.215.14', p3: 80, p4: 443 },
    });
  });

  it.each([
    ['numbers in quotes', "dport == '80'", 'dport == 80'],
    ['numbers of other bases', 'mark == 0x1F or mark == 0b101 or mark == 0o17', 'mark in (31, 5, 15)'],
    ['digits in groups', 'len == 1_500', 'len == 1500'],
    ['leading zeros', 'len == 0080', 'len == 80'],
    ['a name in raw quotes', 'chain == `a\\b`', "chain == 'a\\\\b'"],
    ['escapes', `chain == "a\\"\\x41\\u00fc\\n"`, "chain == 'a\"Aü\n'"],
    [
      'columns with each other',
      'sport == dport and ip-src != ip-dst',
      'sport = dport AND not ip_src = ip_dst',
    ],
    ['a column alone, which is not empty', 'sport', 'sport != 0'],
  ])('%s', (_, text, same) => {
    expect(toSql(parseFilter(text)).params).toEqual(toSql(parseFilter(same)).params);
  });

  it.each([
    '',
    ' ',
    '(',
    ')',
    '()',
    '(trid==123 or trid==234)) and trid != 456',
    'sport - dport',
    'trid==(3 - 2)',
  ])('refuses %j as the original does', (text) => {
    expect(() => parseFilter(text)).toThrow(/^query, line 1, column \d+: /);
  });
});
