import { describe, expect, it } from 'vitest';
import { lossQuery } from './losses-of.js';

const [first, last] = ['2026-11-21T14:00:00.000000Z', '2026-11-21T15:00:00.000000Z'];

describe('lossQuery', () => {
  it.each([
    ['all where all rows are shown', { last: '20' }, 3, {}],
    ['those since the first row where older rows were left out', { last: '3' }, 3, { since: first }],
    ['those since then', { last: '10000', since: 'x' }, 3, { since: 'x' }],
    [
      'those before the last row where later rows were left out',
      { first: '3', since: 'x' },
      3,
      { since: 'x', until: last },
    ],
    [
      'those of the time that was asked for',
      { last: '10000', since: 'x', until: 'y' },
      3,
      { since: 'x', until: 'y' },
    ],
    ['all where there are no rows', { last: '20' }, 0, {}],
    [
      'those of agents and namespaces, whatever else is asked of packets',
      { last: '20', 'agent-id': ['a'], netns: '!b', dport: '1' },
      3,
      { 'agent-id': ['a'], netns: '!b' },
    ],
  ])('asks for %s', (_name, query, count, expected) => {
    expect(lossQuery(query, { count, first, last })).toEqual({ ...expected, last: '1000' });
  });
});
