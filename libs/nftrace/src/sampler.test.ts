import { describe, expect, it } from 'vitest';
import { Sampler } from './sampler.js';

/** Offers `perSecond` packets a second for `seconds`. @returns the rates of those kept, second by second */
function offer(sampler: Sampler, perSecond: number, seconds: number, from = { id: 0, ms: 0 }): number[][] {
  return Array.from({ length: seconds }, () => {
    const rates: number[] = [];
    for (let i = 0; i < perSecond; i++, from.id++) {
      const rate = sampler.keep(from.id, 7, from.ms + (i * 1000) / perSecond);
      if (rate > 0) rates.push(rate);
    }
    from.ms += 1000;
    return rates;
  });
}

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

describe('Sampler', () => {
  it('keeps every packet without a limit, and below it', () => {
    for (const limit of [0, 1000]) {
      const [rates = []] = offer(new Sampler(() => limit), 900, 1);
      expect([rates.length, new Set(rates)]).toEqual([900, new Set([1])]);
    }
  });

  it.each([2000, 50_000, 1_000_000])(
    'keeps about the limit of %i packets a second, from the start',
    (flood) => {
      const seconds = offer(new Sampler(() => 1000), flood, 3);
      for (const rates of seconds) {
        expect(rates.length).toBeLessThanOrEqual(2500);
        expect(rates.length).toBeGreaterThan(300);
      }
    },
  );

  it('keeps packets that stand for all: the rates add up to what was offered', () => {
    const rates = offer(new Sampler(() => 1000), 100_000, 10).flat();
    expect(sum(rates) / 1_000_000).toBeGreaterThan(0.9);
    expect(sum(rates) / 1_000_000).toBeLessThan(1.1);
  });

  it('goes back to every packet after the flood', () => {
    const sampler = new Sampler(() => 1000);
    const at = { id: 0, ms: 0 };
    offer(sampler, 500_000, 2, at);
    offer(sampler, 100, 2, at);
    expect(offer(sampler, 100, 1, at)).toEqual([Array<number>(100).fill(1)]);
  });

  it('leaves others half of the room when drops take it', () => {
    const sampler = new Sampler(() => 1000);
    const kept: number[] = [];
    for (let i = 0; i < 200_000; i++) {
      sampler.take(i / 100);
      const rate = sampler.keep(i, 7, i / 100);
      if (rate > 0) kept.push(rate);
    }
    expect(kept.length / 2).toBeGreaterThan(200);
    expect(kept.length / 2).toBeLessThan(1100);
    expect(sum(kept) / 200_000).toBeGreaterThan(0.85);
    expect(sum(kept) / 200_000).toBeLessThan(1.15);
  });

  it('follows a limit that changes', () => {
    let limit = 1000;
    const sampler = new Sampler(() => limit);
    const at = { id: 0, ms: 0 };
    offer(sampler, 100_000, 1, at);
    limit = 0;
    offer(sampler, 10, 1, at);
    expect(offer(sampler, 5000, 1, at)[0]).toHaveLength(5000);
  });
});
