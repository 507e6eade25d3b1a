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
