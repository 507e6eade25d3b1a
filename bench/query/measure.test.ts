import { expect, it } from 'vitest';
import { measure, quantile } from './measure.js';

it('takes quantiles of the values as they came', () => {
  const values = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1);
  expect([0, 0.5, 0.95, 1].map((share) => quantile(values, share))).toEqual([1, 50, 95, 100]);
  expect(quantile([7], 0.95)).toBe(7);
});

it('asks with other values each time, and as often before with values that it does not measure', async () => {
  const asked: number[] = [];
  let cpu = 0;
  const result = await measure(
    { name: 'a', aim_ms: 60 },
    4,
    (n) => {
      asked.push(n);
      cpu += 5;
      return Promise.resolve({ rows: n, engine_ms: n });
    },
    () => cpu,
  );
  expect(asked).toEqual([4, 5, 6, 7, 0, 1, 2, 3]);
  expect(result).toMatchObject({ name: 'a', aim_ms: 60, runs: 4, rows: [0, 3], engine_ms: 1, cpu_ms: 5 });
  expect(result.p95_ms).toBeGreaterThanOrEqual(result.p50_ms);
});
