import { expect, it } from 'vitest';
import { whichQuery, type WhichFlags } from './flags.js';

it.each<[WhichFlags, object]>([
  [{}, {}],
  [{ table: ['filter'] }, { table: ['filter'] }],
  [{ table: ['inet/fw'] }, { family: ['inet'], table: ['fw'] }],
  [
    { table: ['ip6/a/b'], family: ['ip'] },
    { family: ['ip', 'ip6'], table: ['a/b'] },
  ],
  [{ table: ['odd/name', '!inet/fw'] }, { table: ['odd/name', '!inet/fw'] }],
  [
    { 'agent-id': ['web1'], netns: [''] },
    { 'agent-id': ['web1'], netns: [''] },
  ],
])('%j asks for %j', (flags, query) => {
  expect(whichQuery(flags)).toEqual(query);
});
