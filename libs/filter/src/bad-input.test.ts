import { describe, expect, it } from 'vitest';
import { FilterError } from './errors.js';
import { MAX_VALUES } from './parameters.js';
import { parseFilter } from './parse.js';
import { MAX_DEPTH, MAX_TEXT } from './syntax.js';

const many = (count: number): string => Array.from({ length: count }, (_, i) => i).join(',');
const deep = (depth: number): string => '('.repeat(depth) + 'dport == 443' + ')'.repeat(depth);

describe('parseFilter', () => {
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
    ['chain == "a\\x00"', 'chain "a\\u0000" has a character that no name can have;', { offset: 9 }],
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
      'query, line 1, column 11: ip-src "abc" is not an IP address; use an address, a prefix or a range:',
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
    ['dport > ((80))x', '"x" cannot stand here;', { offset: 14 }],
    ['dport > (80, 443)', 'dport "(80, 443)" is not one value;', { offset: 8 }],
    ['dport < 80..443', 'dport "80..443" is not one value; use one value after <.', { offset: 8 }],
    ['dport ~ 80', 'dport "~" is no operator for numbers;', { offset: 6 }],
    ['dport in 9..8', 'dport "9..8" is a range that ends before it starts;', { offset: 9 }],
    [
      'chain == 80',
      'chain "80" is a number, and chain has names; use quotes if it is a name: "80".',
      { code: 'wrong_type', offset: 9 },
    ],
    [
      'proto == tpc',
      'query, line 1, column 10: proto "tpc" is not one of its names; use tcp, or a number from 0 to 255.',
      { code: 'unknown_value', offset: 9, length: 3 },
    ],
    ['proto in (tcp, "upd")', 'proto "upd" is not one of its names; use udp,', { offset: 15 }],
    ['proto == 256', 'proto "256" is too large;', { code: 'out_of_range', offset: 9 }],
    ['proto == 10.0.0.1', 'proto "10.0.0.1" is an address, and proto has names;', { offset: 9 }],
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
    ['sg-src == "a,b"', 'sg-src "a,b" has a comma, which separates names;', { offset: 10 }],
    ['sg-src contains "a,b"', 'has a comma, which separates names;', { offset: 16 }],
    ['chain contains ""', 'chain "" is empty; use some text to look for.', { offset: 15 }],
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
      'chain "(" is not a regular expression: missing closing ): `(`; use RE2\'s syntax',
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
    // One of either side counts twice, and a column alone counts too.
    [`port in (${many(MAX_VALUES / 2 + 1)})`, 'makes more than 1000 values;', { offset: 8 }],
    [
      Array.from({ length: 501 }, () => 'port').join(' or '),
      'makes more than 1000 values;',
      { offset: 4000 },
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
      parseFilter(text, { nowUs: 1_795_255_200_000_000 });
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
