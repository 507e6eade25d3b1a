import { expect, it } from 'vitest';
import { SeldomPlaces } from './seldom-places.js';

const asking = (...asked: (readonly [string, number])[]) =>
  asked.map(([subject, count]) => ({ subject, asked: count }));

it('gives those that have had few a hundredth of the rate within a second, and nothing to the others', () => {
  const places = new SeldomPlaces(300);
  const ask = asking(['flood', 1000], ['seldom', 5], ['none', 0]);
  expect(places.shares(ask, [40, 0, 0], 20, 0)).toEqual([0, 3, 0]);
  expect(places.shares(ask, [0, 0, 0], 20, 500)).toEqual([0, 0, 0]);
  expect(places.shares(ask, [40, 1, 0], 20, 999)).toEqual([0, 0, 0]);
  expect(places.shares(ask, [40, 1, 0], 20, 1000)).toEqual([0, 2, 0]);
});

it('gives no more than there is, and no more than is asked for', () => {
  const places = new SeldomPlaces(1000);
  expect(places.shares(asking(['a', 2], ['b', 10], ['c', 10]), [0, 0, 0], 5, 0)).toEqual([2, 3, 0]);
});

it('gives one where the rate is low', () => {
  expect(new SeldomPlaces(10).shares(asking(['a', 9]), [0], 9, 0)).toEqual([1]);
});
