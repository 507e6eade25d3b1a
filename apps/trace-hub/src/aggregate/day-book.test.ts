import { describe, expect, it } from 'vitest';
import { day_us } from '#clickhouse';
import { DayBook } from './day-book.js';

const hour_us = 3600e6;
const now_us = 20_000 * day_us + 2 * hour_us;
const always = { from_us: 0, to_us: 30_000 * day_us };
const of = (day: number) => ({ day, name: `of ${day}` });

describe('DayBook', () => {
  it('knows days that are over, and not the day that goes on', () => {
    const book = new DayBook<{ day: number; name: string }>();
    book.keep([of(19_998), of(19_999), of(20_000), of(20_001)], always, now_us);
    expect(book.within(always, now_us)).toEqual(
      new Map([
        [19_998, [of(19_998)]],
        [19_999, [of(19_999)]],
      ]),
    );
  });

  it('does not know a day that has ended just now', () => {
    const book = new DayBook();
    book.keep([of(19_999)], always, now_us - 1.5 * hour_us);
    expect(book.within(always, now_us).size).toBe(0);
  });

  it('neither keeps nor gives a day of which the range has a part', () => {
    const book = new DayBook();
    const part = { from_us: 19_998.5 * day_us, to_us: always.to_us };
    book.keep([of(19_998), of(19_999)], part, now_us);
    expect([...book.within(always, now_us).keys()]).toEqual([19_999]);
    expect([...book.within({ from_us: 19_999 * day_us + 1, to_us: always.to_us }, now_us).keys()]).toEqual(
      [],
    );
    expect([...book.within({ from_us: 0, to_us: 20_000 * day_us - 1 }, now_us).keys()]).toEqual([]);
  });

  it('asks again after some minutes', () => {
    const book = new DayBook();
    book.keep([of(19_999)], always, now_us);
    expect(book.within(always, now_us + 299e6).size).toBe(1);
    expect(book.within(always, now_us + 301e6).size).toBe(0);
  });
});
