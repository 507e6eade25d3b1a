import { describe, expect, it } from 'vitest';
import { FilterError } from './errors.js';
import { isFilterParameter, suggestColumn } from './names.js';
import { filterFromParameters, type Parameters } from './parameters.js';
import { toPredicate } from './predicate.js';
import { rowSource } from './testing/rows.js';

const rows = [
  { sport: 53, dport: 80, chain: 'input', proto: 'tcp', tcp_flags: 0x02, sg_src: 'web,all' },
  {
    ip_dst: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 5]),
    dport: 443,
    chain: 'a,b',
    proto: 'tcp',
    tcp_flags: 0x12,
    sg_src: 'db,all',
  },
  { sport: 8080, dport: 53, chain: '!x', proto: 'udp' },
  { dport: 0, chain: '\\', proto: 'icmp' },
];

function matching(parameters: Parameters): number[] {
  const test = toPredicate(filterFromParameters(parameters))(rowSource(rows));
  return rows.map((_, i) => i).filter(test);
}

describe('filterFromParameters', () => {
  it.each<[string, Parameters, number[]]>([
    ['no filter', {}, [0, 1, 2, 3]],
    ['parameters of others', { since: '1h', nonsense: 'x', __proto__x: '1' }, [0, 1, 2, 3]],
    ['an empty list', { dport: [] }, [0, 1, 2, 3]],
    ['an undefined one', { dport: undefined }, [0, 1, 2, 3]],
    ['a value', { dport: '80' }, [0]],
    ['a comma is or', { dport: '80,53' }, [0, 2]],
    ['repeating is or', { dport: ['80', '53'] }, [0, 2]],
    ['spaces around a number', { dport: '80, 53' }, [0, 2]],
    ['different columns are and', { proto: 'tcp', dport: '443,53' }, [1]],
    ['a range', { dport: '50-100' }, [0, 2]],
    ['not', { proto: '!tcp' }, [2, 3]],
    ['not twice excludes both', { proto: ['!tcp', '!udp'] }, [3]],
    ['not after a comma', { proto: '!tcp,!udp' }, [3]],
    ['some but not others', { dport: ['1-1000', '!443'] }, [0, 2]],
    ['an empty value is the absent one', { dport: '' }, [3]],
    ['not absent', { dport: '!' }, [0, 1, 2]],
    ['an escaped comma', { chain: 'a\\,b' }, [1]],
    ['an escaped exclamation mark', { chain: '\\!x' }, [2]],
    ['an escaped exclamation mark after not', { chain: '!\\!x' }, [0, 1, 2, 3]],
    ['an escaped backslash', { chain: '\\\\' }, [3]],
    ['a backslash alone', { chain: '\\' }, [3]],
    ['all flags of a value', { 'tcp-flags': 'SYN,ACK' }, [1]],
    ['one of several flag values', { 'tcp-flags': ['SYN,ACK', 'SYN'] }, [0, 1]],
    ['SYN without ACK', { 'tcp-flags': ['SYN', '!ACK'] }, [0]],
    ['both spellings of one column', { tcp_flags: 'ACK', 'tcp-flags': 'SYN' }, [0, 1]],
    ['one name of a list', { 'sg-src': 'all' }, [0, 1]],
    ['either name of a list', { 'sg-src': 'web,db' }, [0, 1]],
    ['a list without a name', { 'sg-src': ['all', '!web'] }, [1]],
    ['no name at all', { 'sg-src': '' }, [2, 3]],
    ['a protocol by number', { proto: '17' }, [2]],
    ['either side', { port: '53' }, [0, 2]],
    ['either side, one of several', { port: '443,8080' }, [1, 2]],
    ['neither side', { port: '!53' }, [1, 3]],
    ['either side, some but not others', { port: ['1-1000', '!443'] }, [0, 2]],
    ['either side of a list', { SG: 'all' }, [0, 1]],
    ['either side and one of them', { port: '53', dport: '80' }, [0]],
    ['a range of addresses', { ip: '10.0.0.1-10.0.0.9' }, [1]],
  ])('%s', (_, parameters, expected) => {
    expect(matching(parameters)).toEqual(expected);
  });

  it('gives nothing where no parameter filters', () => {
    expect(filterFromParameters({ since: '1h' })).toBeUndefined();
  });

  it('names the parameter as it was written, and where the bad value starts', () => {
    let error: unknown;
    try {
      filterFromParameters({ 'ip-src': '10.0.0.1,10.0.0' });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(FilterError);
    expect(error).toMatchObject({
      op: 'filter',
      code: 'malformed',
      field: 'ip-src',
      value: '10.0.0',
      offset: 9,
    });
  });

  it('refuses more values than a query may have', () => {
    expect(filterFromParameters({ dport: new Array<string>(1000).fill('1') })).toBeDefined();
    expect(() => filterFromParameters({ dport: '1,'.repeat(1000) + '1' })).toThrow(
      'dport: "1001" are too many values for one query; use at most 1000.',
    );
  });
});

describe('isFilterParameter', () => {
  it('knows every column by either spelling', () => {
    expect(
      ['ip-src', 'ip_src', 'IP-SRC', 'trid', 'ip', 'Port', 'since', 'constructor', '__proto__'].map(
        isFilterParameter,
      ),
    ).toEqual([true, true, true, true, true, true, false, false, false]);
  });
});

describe('suggestColumn', () => {
  it.each([
    ['dprot', 'dport'],
    ['chian', 'chain'],
    ['ip_srcc', 'ip-src'],
    ['src-ip', 'ip-src'],
    ['SADDR', 'ip-src'],
    ['iifname', 'iif'],
    ['ports', 'port'],
    ['decisiv', 'decisive'],
    ['xyz', undefined],
    ['constructor', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ])('%.20s: %s', (name, expected) => {
    expect(suggestColumn(name)).toBe(expected);
  });
});
