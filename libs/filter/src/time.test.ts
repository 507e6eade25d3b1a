import { afterEach, describe, expect, it } from 'vitest';
import { FilterError } from './errors.js';
import { parseInstant, parseTime } from './time.js';

const now = Date.UTC(2026, 10, 21, 12, 0, 0) * 1000 + 250;
const at = (iso: string): number => Date.parse(iso) * 1000;

describe('parseTime', () => {
  it.each([
    ['now', now],
    ['15m', now - 900e6],
    ['1h30m', now - 5400e6],
    ['1d', now - 86_400e6],
    ['2w', now - 14 * 86_400e6],
    ['1.5s', now - 1_500_000],
    ['250ms', now - 250_000],
    [' 10S ', now - 10e6],
    ['2026-11-21', at('2026-11-21T00:00:00Z')],
    ['2026-11-21 10:00', at('2026-11-21T10:00:00Z')],
    ['2026-11-21T10:00:05', at('2026-11-21T10:00:05Z')],
    ['2026-11-21T10:00:05.123456Z', at('2026-11-21T10:00:05Z') + 123456],
    ['2026-11-21T10:00:05.1234567899'.slice(0, -1) + 'Z', at('2026-11-21T10:00:05Z') + 123456],
    ['2026-11-21t10:00:05.5z', at('2026-11-21T10:00:05Z') + 500000],
    ['2026-11-21T10:00:05+02:00', at('2026-11-21T08:00:05Z')],
    ['2026-11-21 10:00:05 -05:30', at('2026-11-21T15:30:05Z')],
    ['2024-02-29', at('2024-02-29T00:00:00Z')],
    ['1970-01-01', 0],
  ])('reads %j', (text, us) => {
    expect(parseTime(text, now)).toBe(us);
  });

  it.each([
    ['', 'is not a time'],
    ['yesterday', 'is not a time'],
    ['15', 'is not a time'],
    ['-15m', 'is not a time'],
    ['15m ago', 'is not a time'],
    ['2026-11-21T10', 'is not a time'],
    ['2026-02-30', 'does not exist'],
    ['2026-13-01', 'does not exist'],
    ['2026-11-21T24:00:00Z', 'does not exist'],
    ['2026-11-21T10:00:60Z', 'does not exist'],
    ['2026-11-21T10:00:00+24:00', 'does not exist'],
    ['100000000d', 'is not within the years 1970 to 2254'],
    ['9999-01-01', 'is not within the years 1970 to 2254'],
    ['1969-12-31', 'is not within the years 1970 to 2254'],
  ])('refuses %j: it %s', (text, problem) => {
    expect(() => parseTime(text, now, { field: 'since' })).toThrow(
      `since: ${JSON.stringify(text)} ${problem}; use now, how long ago (15m, 1h30m, 1d), 2026-11-21, ` +
        '2026-11-21 10:00, or 2026-11-21T10:00:00Z.',
    );
  });

  describe('in a zone of its own', () => {
    const zone = process.env['TZ'];
    afterEach(() => {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    });

    it('takes a time without a zone as local where asked to', () => {
      process.env['TZ'] = 'Asia/Tokyo';
      expect(parseTime('2026-11-21 10:00', now, { zone: 'local' })).toBe(at('2026-11-21T01:00:00Z'));
      expect(parseTime('2026-11-21T10:00:00Z', now, { zone: 'local' })).toBe(at('2026-11-21T10:00:00Z'));
      expect(parseTime('2026-11-21 10:00', now)).toBe(at('2026-11-21T10:00:00Z'));
    });
  });
});

describe('parseInstant', () => {
  it('knows no present', () => {
    expect(parseInstant('2026-11-21')).toBe(at('2026-11-21T00:00:00Z'));
    for (const text of ['now', '15m']) expect(() => parseInstant(text)).toThrow(FilterError);
  });
});
