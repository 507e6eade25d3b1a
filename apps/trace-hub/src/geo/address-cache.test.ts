import { describe, expect, it } from 'vitest';
import { AddressCache } from './address-cache.js';

const v4 = (n: number): Uint32Array => Uint32Array.of(0, 0, 0xffff0000, n);

describe('AddressCache', () => {
  it('knows an address again, by a number of its own', () => {
    const cache = new AddressCache();
    const numbers = Array.from({ length: 40_000 }, (_, n) => ~cache.number(v4(n + 1), 0));
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(cache.slots);
    expect(new Set(numbers).size).toBe(40_000);
    expect(numbers.map((_, n) => cache.number(v4(n + 1), 0))).toEqual(numbers);
  });

  it('tells addresses apart that differ in one word', () => {
    const cache = new AddressCache();
    const words = Uint32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 7 : 0));
    const numbers = [0, 4, 8, 12].map((at) => ~cache.number(words, at));
    expect(new Set(numbers).size).toBe(4);
    expect([0, 4, 8, 12].map((at) => cache.number(words, at))).toEqual(numbers);
  });

  it('has a bound: it forgets when it is full, and goes on', () => {
    const cache = new AddressCache();
    let known = 0;
    for (let n = 1; n <= 200_000; n++) if (cache.number(v4(n), 0) >= 0) known++;
    expect(known).toBe(0);
    expect(cache.size).toBeLessThanOrEqual((cache.slots * 3) / 4);
    expect(cache.number(v4(1), 0)).toBeLessThan(0);
    expect(cache.number(v4(1), 0)).toBeGreaterThanOrEqual(0);
  });
});
