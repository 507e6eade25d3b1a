import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filterFromParameters, type Parameters } from './parameters.js';
import { parseFilter } from './parse.js';
import { toSql } from './sql.js';
import { TestDatabase } from './testing/database.js';
import { and, compare, equal, not, or } from './tree.js';

const sqlOf = (parameters: Parameters): ReturnType<typeof toSql> => toSql(filterFromParameters(parameters));

describe('toSql', () => {
  it.each<[string, Parameters, ReturnType<typeof toSql>]>([
    ['nothing', {}, { sql: 'true', params: {} }],
    ['a number', { dport: '80' }, { sql: '`dport` = {p0:UInt16}', params: { p0: 80 } }],
    [
      'a range',
      { dport: '8000-9000' },
      { sql: '`dport` BETWEEN {p0:UInt16} AND {p1:UInt16}', params: { p0: 8000, p1: 9000 } },
    ],
    [
      'an IPv4 prefix',
      { 'ip-src': '10.0.0.0/8' },
      {
        sql: '`ip_src` BETWEEN {p0:IPv6} AND {p1:IPv6}',
        params: { p0: '::ffff:10.0.0.0', p1: '::ffff:10.255.255.255' },
      },
    ],
    [
      'every IPv6 address',
      { 'ip-src': '::/0' },
      {
        sql:
          '`ip_src` BETWEEN {p0:IPv6} AND {p1:IPv6} AND NOT (`ip_src` BETWEEN {p2:IPv6} AND {p3:IPv6}) ' +
          'AND NOT (`ip_src` = {p4:IPv6})',
        params: {
          p0: '::',
          p1: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
          p2: '::ffff:0.0.0.0',
          p3: '::ffff:255.255.255.255',
          p4: '::',
        },
      },
    ],
    [
      'flags',
      { 'tcp-flags': 'SYN,ACK' },
      { sql: 'bitAnd(`tcp_flags`, {p0:UInt32}) = {p0:UInt32}', params: { p0: 18 } },
    ],
    [
      'names of a list',
      { 'sg-src': 'web,!db', 'net-dst': '' },
      {
        sql:
          "(has(splitByChar(',', `sg_src`), {p0:String}) AND NOT (has(splitByChar(',', `sg_src`), {p1:String}))) AND " +
          '`net_dst` = {p2:String}',
        params: { p0: 'web', p1: 'db', p2: '' },
      },
    ],
    [
      'every kind',
      {
        packet_id: '18446744073709551615',
        ts: '2026-11-21T10:00:00.000001Z',
        decisive: 'true',
        chain: "x' OR 1=1 --",
        fate: '!dropped,!rejected',
        'hw-src': 'aa:bb:cc:dd:ee:ff',
      },
      {
        sql:
          "`packet_id` = {p0:UInt64} AND `ts` = {p1:DateTime64(6, 'UTC')} AND `decisive` = {p2:Bool} AND " +
          '`chain` = {p3:String} AND (NOT (`fate` = {p4:String}) AND NOT (`fate` = {p5:String})) AND ' +
          '`hw_src` = {p6:UInt64}',
        params: {
          p0: '18446744073709551615',
          p1: '2026-11-21 10:00:00.000001',
          p2: true,
          p3: "x' OR 1=1 --",
          p4: 'dropped',
          p5: 'rejected',
          p6: '187723572702975',
        },
      },
    ],
    [
      'alternatives, ready to be joined with AND',
      { dport: '80,443' },
      { sql: '(`dport` = {p0:UInt16} OR `dport` = {p1:UInt16})', params: { p0: 80, p1: 443 } },
    ],
    [
      'alternatives among other columns',
      { proto: 'tcp', dport: '80,443' },
      {
        sql: '`proto` = {p0:String} AND (`dport` = {p1:UInt16} OR `dport` = {p2:UInt16})',
        params: { p0: 'tcp', p1: 80, p2: 443 },
      },
    ],
  ])('writes %s', (_, parameters, expected) => {
    expect(sqlOf(parameters)).toEqual(expected);
  });

  it('writes trees that parameters cannot make, with placeholders named by the caller', () => {
    const filter = and([compare('ts', '>=', 5), not(or([equal('hop', 1), and([])])), or([])]);
    expect(toSql(filter, 'x_')).toEqual({
      sql: "`ts` >= {x_0:DateTime64(6, 'UTC')} AND NOT (`hop` = {x_1:UInt16} OR (true)) AND (false)",
      params: { x_0: '1970-01-01 00:00:00.000005', x_1: 1 },
    });
  });
});

describe('toSql of the language', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['dport in (80, 443)', '(`dport` = {p0:UInt16} OR `dport` = {p1:UInt16})', { p0: 80, p1: 443 }],
    [
      'dport in (80, 443, 22)',
      '(`dport` IN ({p0:UInt16}, {p1:UInt16}, {p2:UInt16}))',
      { p0: 80, p1: 443, p2: 22 },
    ],
    [
      'port not in (80, 443, 22, 8000-9000)',
      'NOT (`sport` IN ({p0:UInt16}, {p1:UInt16}, {p2:UInt16}) OR `dport` IN ({p3:UInt16}, {p4:UInt16}, {p5:UInt16}) OR ' +
        '`sport` BETWEEN {p6:UInt16} AND {p7:UInt16} OR `dport` BETWEEN {p8:UInt16} AND {p9:UInt16})',
      { p0: 80, p1: 443, p2: 22, p3: 80, p4: 443, p5: 22, p6: 8000, p7: 9000, p8: 8000, p9: 9000 },
    ],
    [
      'ip in 10.0.0.0/8',
      '(`ip_src` BETWEEN {p0:IPv6} AND {p1:IPv6} OR `ip_dst` BETWEEN {p2:IPv6} AND {p3:IPv6})',
      {
        p0: '::ffff:10.0.0.0',
        p1: '::ffff:10.255.255.255',
        p2: '::ffff:10.0.0.0',
        p3: '::ffff:10.255.255.255',
      },
    ],
    [
      'ip-src > 10.0.0.255',
      '`ip_src` BETWEEN {p0:IPv6} AND {p1:IPv6}',
      { p0: '::ffff:10.0.1.0', p1: '::ffff:255.255.255.255' },
    ],
    [
      "chain ~ '^in' and rule contains 'drop'",
      'match(`chain`, {p0:String}) AND position(`rule`, {p1:String}) > 0',
      { p0: '^in', p1: 'drop' },
    ],
    ['sg-src ~ web', "arrayExists(x -> match(x, {p0:String}), splitByChar(',', `sg_src`))", { p0: 'web' }],
    ['sg-src > web', "arrayExists(x -> x > {p0:String}, splitByChar(',', `sg_src`))", { p0: 'web' }],
    ['sg-src == sg-dst', "hasAny(splitByChar(',', `sg_src`), splitByChar(',', `sg_dst`))", {}],
    ['sport < dport', '`sport` < `dport`', {}],
    ['tcp-flags == SYN', '`tcp_flags` = {p0:UInt32}', { p0: 2 }],
    ['tcp-flags contains SYN,ACK', 'bitAnd(`tcp_flags`, {p0:UInt32}) = {p0:UInt32}', { p0: 18 }],
    ['decisive', 'NOT (`decisive` = {p0:Bool})', { p0: false }],
    ['true', 'true', {}],
    ['false', '(false)', {}],
    [
      "chain == '{p9:String}\\'; DROP TABLE t --'",
      '`chain` = {p0:String}',
      { p0: "{p9:String}'; DROP TABLE t --" },
    ],
  ])('writes %s', (text, sql, params) => {
    expect(toSql(parseFilter(text))).toEqual({ sql, params });
  });
});

describe('in ClickHouse', () => {
  const database = new TestDatabase();
  beforeAll(() => database.load([]));
  afterAll(() => database.close());

  it.each([
    "it's",
    'back\\slash',
    '\\',
    '\\N',
    'line\nfeed\ttab\rreturn',
    '\b\f\v\x07\x1b[31m',
    'ünïcode → 😀',
    '{p1:String}',
    '"; DROP TABLE t; --',
    '',
  ])('a name arrives as it is: %j', async (text) => {
    const { params } = toSql(equal('chain', text));
    expect(await database.evaluate('{p0:String}', params)).toBe(text);
  });

  it.each<[Parameters, string, string]>([
    [{ packet_id: '18446744073709551615' }, '{p0:UInt64}', '18446744073709551615'],
    [{ mark: '4294967295' }, '{p0:UInt32}', '4294967295'],
    [{ 'hw-src': 'ff:ff:ff:ff:ff:ff' }, 'MACNumToString({p0:UInt64})', 'FF:FF:FF:FF:FF:FF'],
    [{ 'ip-src': '10.0.0.1' }, '{p0:IPv6}', '::ffff:10.0.0.1'],
    [{ 'ip-src': 'fd00::1:0:0:1' }, '{p0:IPv6}', 'fd00::1:0:0:1'],
    [{ 'ip-src': '' }, '{p0:IPv6}', '::'],
    [{ ts: '2254-12-31T23:59:59.999999Z' }, "{p0:DateTime64(6, 'UTC')}", '2254-12-31 23:59:59.999999'],
    [{ ts: '' }, "{p0:DateTime64(6, 'UTC')}", '1970-01-01 00:00:00.000000'],
    [{ decisive: 'false' }, '{p0:Bool}', 'false'],
  ])('the value of %j arrives whole', async (parameters, expression, expected) => {
    expect(await database.evaluate(expression, sqlOf(parameters).params)).toBe(expected);
  });

  it.each([
    ['many conditions', new Array(1000).fill('not dport').join(' or ')],
    ['many prefixes', `ip in (${new Array(500).fill('::/0').join(', ')})`],
    ['many names', `sg in (${new Array(500).fill('web').join(', ')})`],
    [
      'many addresses',
      `ip-src not in (${Array.from({ length: 1000 }, (_, i) => `fd00::${i}:1`).join(', ')})`,
    ],
    ['comparisons of columns', new Array(500).fill('sg-src == net-dst').join(' and ')],
    ['constants', new Array(7200).fill('true').join(' and ')],
    ['parentheses', `${'not (dport or (dport and '.repeat(32)}true${'))'.repeat(32)}`],
  ])('takes a query as large as it may be: %s', { timeout: 60_000 }, async (_, text) => {
    expect(await database.matching(toSql(parseFilter(text)))).toEqual([]);
  });

  it('takes as many values as parameters may have', async () => {
    const ports = Array.from({ length: 1000 }, (_, i) => String(i));
    expect(await database.matching(sqlOf({ dport: ports }))).toEqual([]);
  });
});
