import { expect, it } from 'vitest';
import { Tally } from './tally.js';

it('Tally tells rows, time and losses', () => {
  const tally = new Tally();
  tally.rows = 1;
  expect(tally.summary(1234)).toBe('1 row in 1.2 s');
  Object.assign(tally, { rows: 20, lost: 5 });
  expect(tally.summary(60_000)).toBe('20 rows in 60.0 s; 5 events lost');
});
