import { expect, it } from 'vitest';
import { bars, means } from './spark.js';

it('means are of whole steps at the newest end', () => {
  expect(means([1, 2, 3, 4, 5], 2)).toEqual([1, 2.5, 4.5]);
  expect(means([], 3)).toEqual([]);
});

it.each([
  [[0, 1, 4, 8], 1, 8, [' ▁▄█']],
  [[0, 0.001, 8, 16], 2, 16, ['   █', ' ▁██']],
  [[0, 0], 1, 0, ['  ']],
  [[9], 1, 8, ['█']],
])('bars of %j in %i lines up to %i', (values, rows, top, lines) => {
  expect(bars(values, rows, top)).toEqual(lines);
});
