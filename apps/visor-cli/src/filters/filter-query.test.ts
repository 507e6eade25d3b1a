import { columns, flagName } from '#columns';
import { FilterError, parseFilter } from '#filter';
import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.js';
import { filterOf, filterQuery } from './filter-query.js';

describe('filterQuery', () => {
  it('hands on what columns must hold, as it was given, and nothing else', () => {
    expect(
      filterQuery({
        dport: ['80,443', '!81'],
        'ip-src': ['10.0.0.0/8'],
        sport: undefined,
        last: '1',
        hops: true,
      }),
    ).toEqual({ dport: ['80,443', '!81'], 'ip-src': ['10.0.0.0/8'] });
  });

  it('hands on a condition as it was written', () => {
    const query = "dport in (22, 53) and not sg-src == 'web'";
    expect(filterQuery({ query })).toEqual({ query });
    expect(filterQuery({ query, 'agent-id': ['web1'] })).toEqual({ query, 'agent-id': ['web1'] });
  });

  it('turns a condition round whatever it ends with', () => {
    const { query } = filterQuery({ 'not-query': 'dport == 80 or sport == 80 // a comment' });
    expect(parseFilter(query as string)).toEqual(parseFilter('not (dport == 80 or sport == 80)'));
  });

  it.each(columns.map(({ name }) => flagName(name)).filter((name) => !['agent-id', 'netns'].includes(name)))(
    'refuses a condition together with --%s',
    (name) => {
      const both = { query: 'dport == 80', [name]: ['1'] };
      expect(() => filterQuery(both)).toThrow(CliError);
      expect(() => filterQuery(both)).toThrow(
        `--query and --${name} exclude each other; write ${name} into the query`,
      );
    },
  );

  it('refuses what is wrong, without a hub', () => {
    expect(() => filterQuery({ dport: ['x'] })).toThrow(FilterError);
    expect(() => filterQuery({ query: 'dprot == 80' })).toThrow(
      'query, line 1, column 1: "dprot" is no column; use dport.',
    );
    expect(() => filterQuery({ query: 'sport', 'not-query': 'dport' })).toThrow('--query may be given once;');
  });
});

describe('filterOf', () => {
  it('is the filter that the hub makes of the same parameters', () => {
    expect(filterOf({})).toBeUndefined();
    expect(filterOf({ 'not-query': 'dport == 80' })).toEqual(parseFilter('not dport == 80'));
    expect(filterOf({ dport: ['80'] })).toEqual(parseFilter('dport == 80'));
  });
});
