import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Gap } from './gap.js';

const start_ms = Date.parse('2026-10-01T00:00:00Z');
const us = (second: number): number => (start_ms + second * 1000) * 1000;
const noted: number[] = [];
let gap: Gap;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start_ms });
  noted.length = 0;
  gap = new Gap((seconds) => noted.push(seconds));
});
afterEach(() => {
  vi.useRealTimers();
});
const at = (second: number): void => void vi.setSystemTime(start_ms + second * 1000);

it('is none where somebody looks all the time', () => {
  for (let second = 0; second < 100; second += 20) {
    at(second);
    gap.look();
    expect([gap.settling, gap.heard_us]).toEqual([false, us(second)]);
  }
  expect(noted).toEqual([]);
});

it.each([
  ['nobody looked for long', () => gap.look()],
  ['the hub before it was there long ago', () => gap.resume(us(0))],
])('where %s it is known for a while, and until then kept as it was found', (_what, find) => {
  at(21);
  find();
  expect(noted).toEqual([21]);
  for (const second of [21, 25, 30]) {
    at(second);
    gap.look();
    expect([gap.settling, gap.heard_us]).toEqual([true, us(0)]);
  }
  at(32);
  gap.look();
  expect([gap.settling, gap.heard_us]).toEqual([false, us(32)]);
  expect(noted).toEqual([21]);
});

it('lets time go on through what the stream took all the while, not past a gap of its own until all is there', () => {
  at(600);
  gap.resume(us(0));
  expect([5, 20, 30].map((second) => gap.passes(us(second)))).toEqual([true, true, true]);
  expect([590, 591].map((second) => gap.passes(us(second)))).toEqual([false, false]);
  at(611);
  expect(gap.passes(us(592))).toBe(true);
});

it('is none to what is read again after a short time', () => {
  at(10);
  gap.resume(us(0));
  expect([1, 9, 500].map((second) => gap.passes(us(second)))).toEqual([true, true, true]);
});
