import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clock } from './clock.js';

const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'Asia/Tokyo';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

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
