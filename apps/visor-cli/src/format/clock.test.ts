import { describe, expect, it } from 'vitest';
import { Clock, type TimeFormat } from './clock.js';
import { inZone } from '../testing/zone.js';

inZone('Asia/Tokyo');

describe('Clock', () => {
  it('shows local time, with the date where the day is another or changes', () => {
    let now = '2026-11-21T23:59:59+09:00';
    const clock = new Clock(() => Date.parse(now));
    expect(clock.show('2026-11-20T14:59:59.999999Z')).toBe('2026-11-20 23:59:59.999999');
    expect(clock.show('2026-11-20T15:00:00.000001Z')).toBe('2026-11-21 00:00:00.000001');
    expect(clock.show('2026-11-21T14:59:59.5Z')).toBe('23:59:59.500000');
    now = '2026-11-22T00:00:01+09:00';
    expect(clock.show('2026-11-21T15:00:00Z')).toBe('2026-11-22 00:00:00.000000');
    expect(clock.show('2026-11-21T15:00:01Z')).toBe('00:00:01.000000');
  });

  it('shows what is no time as it is', () => {
    const clock = new Clock(Date.now);
    expect([clock.show(''), clock.show('then')]).toEqual(['-', 'then']);
  });
});

describe('formats', () => {
  const ts = '2026-11-21T14:03:11.204518Z';
  const now = (): number => Date.parse('2026-11-21T14:03:20Z');

  it.each<[TimeFormat, boolean, string]>([
    ['local', false, '23:03:11.204518'],
    ['local', true, '14:03:11.204518Z'],
    ['rfc3339', false, '2026-11-21T23:03:11.204518+09:00'],
    ['rfc3339', true, '2026-11-21T14:03:11.204518Z'],
    ['unix', false, '1795269791.204518'],
    ['unix', true, '1795269791.204518'],
    ['relative', false, '8.7s ago'],
  ])('%s, in UTC: %s', (format, utc, shown) => {
    expect(new Clock(now, { format, utc }).show(ts)).toBe(shown);
  });

  it('say another day in UTC by its date there', () => {
    const clock = new Clock(now, { utc: true });
    expect(clock.show('2026-11-20T23:59:59Z')).toBe('2026-11-20 23:59:59.000000Z');
  });

  it('have offsets of all kinds', () => {
    process.env['TZ'] = 'America/St_Johns';
    expect(new Clock(now, { format: 'rfc3339' }).show(ts)).toBe('2026-11-21T10:33:11.204518-03:30');
    process.env['TZ'] = 'Asia/Tokyo';
  });

  it.each([
    [0, '0.0s ago'],
    [59_999, '59.9s ago'],
    [60_000, '1m00s ago'],
    [3_599_999, '59m59s ago'],
    [3_600_000, '1h00m ago'],
    [86_399_999, '23h59m ago'],
    [90_000_000, '1d01h ago'],
    [-1500, 'in 1.5s'],
  ])('say %i ms as %s', (ms, shown) => {
    const clock = new Clock(() => Date.parse(ts) + ms, { format: 'relative' });
    expect(clock.show(new Date(Date.parse(ts)).toISOString())).toBe(shown);
  });

  it.each<[TimeFormat, boolean, string, string]>([
    ['local', true, 'between 14:03:11Z and 14:03:12Z', 'at 14:03:11Z'],
    ['rfc3339', true, 'between 2026-11-21T14:03:11Z and 2026-11-21T14:03:12Z', 'at 2026-11-21T14:03:11Z'],
    ['unix', false, 'between 1795269791 and 1795269792', 'at 1795269791'],
    ['relative', false, 'between 8.7s ago and 7.7s ago', '8.7s ago'],
  ])('%s say a span', (format, utc, two, one) => {
    const clock = new Clock(now, { format, utc });
    expect(clock.span(ts, '2026-11-21T14:03:12.204518Z')).toBe(two);
    expect(clock.span(ts, ts)).toBe(one);
  });
});

describe('span', () => {
  type At = readonly [day: number, second: number, ms?: number];
  const at = ([day, second, ms = 0]: At): Date => new Date(2026, 10, day, 14, 3, second, ms);

  it.each([
    ['two seconds', [21, 11], [21, 12], 'between 14:03:11 and 14:03:12'],
    ['one second', [21, 11], [21, 11, 900], 'at 14:03:11'],
    ['another day', [20, 11], [20, 12], 'between 2026-11-20 14:03:11 and 14:03:12'],
    ['two days', [20, 11], [21, 11], 'between 2026-11-20 14:03:11 and 2026-11-21 14:03:11'],
  ] as const)('shows %s', (_name, from, until, shown) => {
    const clock = new Clock(() => at([21, 0]).getTime());
    expect(clock.span(at(from).toISOString(), at(until).toISOString())).toBe(shown);
  });

  it('shows what are no times as they are', () => {
    expect(new Clock(() => 0).span('x', '')).toBe('between x and ');
  });
});
