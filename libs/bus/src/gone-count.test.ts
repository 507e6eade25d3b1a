import { expect, it } from 'vitest';
import { GoneCount } from './gone-count.js';

/** Deliveries: the stream's number, the consumer's, and `again` of what was delivered before. */
const cases: [string, [number, number, 'again'?][], number][] = [
  [
    'none of what comes one after the other',
    [
      [11, 6],
      [12, 7],
    ],
    0,
  ],
  [
    'those between two deliveries',
    [
      [11, 6],
      [15, 7],
    ],
    3,
  ],
  ['those after the place where the consumer was', [[14, 6]], 3],
  [
    'none for what is delivered again',
    [
      [11, 6],
      [9, 7, 'again'],
      [10, 8, 'again'],
      [12, 9],
    ],
    0,
  ],
  [
    'those around what is delivered again',
    [
      [11, 6],
      [9, 7, 'again'],
      [14, 8],
    ],
    2,
  ],
  [
    'none of what another hub got',
    [
      [11, 6],
      [15, 10],
    ],
    0,
  ],
  [
    'those between what another hub got',
    [
      [11, 6],
      [15, 8],
    ],
    2,
  ],
  [
    'none of a consumer that was made anew',
    [
      [11, 6],
      [1, 1],
      [2, 2],
    ],
    0,
  ],
  [
    'those after it was made anew',
    [
      [11, 6],
      [1, 1],
      [4, 2],
    ],
    2,
  ],
];

it.each(cases)('counts %s', (_what, deliveries, gone) => {
  const count = new GoneCount();
  count.begin({ seq: 10, delivery: 5 });
  const found = deliveries.map(([seq, delivery, again]) =>
    count.take({ seq, delivery }, again === undefined),
  );
  expect(found.reduce((sum, one) => sum + one, 0)).toBe(gone);
});
