import { expect, it } from 'vitest';
import { cpuOf, parseStat, perEvent } from './cpu.js';

it('reads user and system time behind a name with spaces and parentheses', () => {
  const stat = '17 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 1234 56 0 0 20 0 11 0 100 0 0';
  expect(parseStat(stat)).toEqual({ user: 12.34, system: 0.56 });
});

it('divides by events', () => {
  const cost = perEvent({ user: 1, system: 2 }, { user: 3, system: 3 }, 1_000_000);
  expect(cost).toEqual({ user: 2, system: 1 });
});

it('adds up the threads of a process; none is elsewhere in this one', () => {
  const { process: all, capture } = cpuOf(process.pid);
  expect(all.user).toBeGreaterThan(0);
  expect(capture).toBeUndefined();
});
