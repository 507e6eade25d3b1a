import { FilterError } from '#filter';
import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.js';
import { type FilterValues } from '../filters/filter-query.js';
import { watchRequest, type RowFlags } from './request.js';

const nowUs = Date.parse('2026-11-21T12:00:00Z') * 1000;
const request = (flags: Partial<RowFlags>, columns: FilterValues = {}): ReturnType<typeof watchRequest> =>
  watchRequest({ follow: false, hops: false, ...flags }, columns, nowUs);

describe('watchRequest', () => {
  it.each<[string, Partial<RowFlags>, object]>([
    ['the last 20', {}, { last: '20' }],
    ['--last', { last: '5' }, { last: '5' }],
    ['--first', { first: '5' }, { first: '5' }],
    ['all', { all: true }, { all: 'true' }],
    ['all of a time', { all: true, since: '1h' }, { since: '2026-11-21T11:00:00.000000Z', all: 'true' }],
    ['more than a page', { last: '2000000' }, { last: '2000000' }],
    ['how long ago', { time: '1h30m' }, { since: '2026-11-21T10:30:00.000000Z', last: '10000' }],
    [
      'the new ones from some time ago on',
      { time: '5s', follow: true },
      { since: '2026-11-21T11:59:55.000000Z' },
    ],
    ['a time', { since: '15m' }, { since: '2026-11-21T11:45:00.000000Z', last: '10000' }],
    [
      'a time with a number',
      { since: '1h', until: '30m', first: '10000' },
      { since: '2026-11-21T11:00:00.000000Z', until: '2026-11-21T11:30:00.000000Z', first: '10000' },
    ],
    ['the new ones', { follow: true }, {}],
    ['the new ones for a while', { follow: true, until: 'now' }, { until: '2026-11-21T12:00:00.000000Z' }],
    ['the new hops', { follow: true, hops: true }, { hops: 'true' }],
    ['all hops', { hops: true }, { last: '20' }],
    [
      'the new ones after some',
      { follow: true, last: '3', since: '1m' },
      { since: '2026-11-21T11:59:00.000000Z', last: '3' },
    ],
  ])('asks for %s', (_, flags, query) => {
    expect(request(flags).query).toEqual(query);
  });

  it('hands on what columns must hold, as it was given', () => {
    const { query } = request(
      { last: '1' },
      { dport: ['80,443', '!81'], 'ip-src': ['10.0.0.0/8'], sport: undefined },
    );
    expect(query).toEqual({ dport: ['80,443', '!81'], 'ip-src': ['10.0.0.0/8'], last: '1' });
  });

  it('knows when an answer may not hold all', () => {
    expect([
      request({ since: '1h' }).capped,
      request({ since: '1h', last: '9' }).capped,
      request({}).capped,
    ]).toEqual([10_000, undefined, undefined]);
  });

  it('knows when there may be more rows than are held', () => {
    const large = (flags: Partial<RowFlags>): boolean => request(flags).large;
    expect([{}, { since: '1h' }, { last: '10000' }, { follow: true, since: '1h' }].map(large)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect([{ all: true }, { last: '10001' }, { first: '20000' }].map(large)).toEqual([true, true, true]);
  });

  it('passes past rows as the hub sends them, not new ones', () => {
    const form = (follow: boolean) => watchRequest({ follow, hops: false }, {}, nowUs, 'csv').form;
    expect([form(false), form(true)]).toEqual(['csv', undefined]);
  });

  it.each<[Partial<RowFlags>, string]>([
    [{ last: '0' }, '--last: "0" is not a number of rows; use one from 1 to 1000000000, or --all.'],
    [{ last: 'ten' }, '--last: "ten" is not a number of rows;'],
    [{ first: '1000000001' }, '--first: "1000000001" is not a number of rows;'],
    [{ all: true, last: '1' }, '--last and --all exclude each other;'],
    [{ all: true, first: '1' }, '--first and --all exclude each other;'],
    [{ all: true, follow: true }, '--all and --follow exclude each other;'],
    [{ last: '10001', follow: true }, '--last: with --follow at most 10000 rows come before the new ones;'],
    [{ since: '1h', time: '1h' }, '--since (--time-from) and --time exclude each other:'],
    [{ time: 'now' }, '--time: "now" is not how long ago;'],
    [{ time: '2026-11-21' }, '--time: "2026-11-21" is not how long ago;'],
    [{ time: '5m', until: '10m' }, '--until: "10m" is not after --time "5m".'],
    [{ first: '1', last: '1' }, '--first and --last exclude each other;'],
    [{ first: '1', follow: true }, '--first and --follow exclude each other;'],
    [{ since: '5m', until: '10m' }, '--until: "10m" is not after --since "5m".'],
  ])('refuses %j', (flags, message) => {
    expect(() => request(flags)).toThrow(CliError);
    expect(() => request(flags)).toThrow(message);
  });

  it('refuses a bad time and a bad value', () => {
    expect(() => request({ since: 'soon' })).toThrow(FilterError);
    expect(() => request({}, { dport: ['x'] })).toThrow('dport: "x" is not a number;');
  });
});
