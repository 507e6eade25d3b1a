import { expect, it } from 'vitest';
import { packetShares } from './packet-shares.js';

it.each<[string, number, number[], number[]]>([
  ['no limit', 0, [5, 900], [0, 0]],
  ['one thread has all', 1000, [77], [1000]],
  ['nothing seen: equal shares', 1000, [0, 0], [500, 500]],
  ['who sees more gets more', 1000, [900, 100], [860, 140]],
  ['who sees nothing gets a little', 1000, [500, 0], [950, 50]],
  ['never nothing', 1, [9, 1], [1, 1]],
])('%s', (_, limit, seen, shares) => {
  expect(packetShares(limit, seen)).toEqual(shares);
});
