import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pace } from './pace.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('draws at once after a while, and then at most ten times a second', () => {
  const draws: number[] = [];
  const begun = Date.now();
  const pace = new Pace(() => draws.push(Date.now() - begun), Date.now);
  pace.ask();
  vi.advanceTimersByTime(0);
  expect(draws).toEqual([0]);
  for (let ms = 0; ms < 1000; ms += 5) {
    pace.ask();
    vi.advanceTimersByTime(5);
  }
  expect(draws).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  vi.advanceTimersByTime(5000);
  expect(draws).toHaveLength(11);
  pace.close();
  pace.ask();
  vi.advanceTimersByTime(1000);
  expect(draws).toHaveLength(11);
});
