import { expect, it } from 'vitest';
import { bisect } from './bisect.js';

/** A reader that holds up to `limit` */
function search(limit: number) {
  const asked: number[] = [];
  const attempt = (rate: number) => {
    asked.push(rate);
    return Promise.resolve({ held: rate <= limit, rate });
  };
  return { asked, found: bisect({ low: 5_000, high: 600_000, resolution: 1.05 }, attempt) };
}

it.each([6_000, 33_000, 240_000, 599_000])('finds %d to 5 percent', async (limit) => {
  const { found, asked } = search(limit);
  const rate = (await found)?.rate ?? 0;
  expect(rate).toBeLessThanOrEqual(limit);
  expect(rate * 1.05).toBeGreaterThanOrEqual(limit);
  expect(asked.length).toBeLessThanOrEqual(8);
});

it('takes the lowest rate where only that holds', async () => {
  expect((await search(5_000).found)?.rate).toBe(5_000);
});

it('finds nothing where the lowest rate does not hold', async () => {
  expect(await search(4_999).found).toBeUndefined();
});
