import { expect, it } from 'vitest';
import { whichQuery, type WhichFlags } from './flags.js';

it.each<[WhichFlags, object]>([
  [{}, {}],
  [{ table: ['filter'] }, { table: ['filter'] }],
  [{ table: ['inet/fw'] }, { family: ['inet'], table: ['fw'] }],
  [
    { table: ['ip6/a/b', 'ip6/c'], family: ['ip6'] },
    { family: ['ip6'], table: ['a/b', 'c'] },
  ],
  [{ table: ['odd/name', '!a/fw'] }, { table: ['odd/name', '!a/fw'] }],
  [
    { 'agent-id': ['web1'], netns: [''] },
    { 'agent-id': ['web1'], netns: [''] },
  ],
])('%j asks for %j', (flags, query) => {
  expect(whichQuery(flags)).toEqual(query);
});

// The hub would answer ip nat and inet fw, too; or, of what it does not know to be two names, nothing.
it.each<[WhichFlags, RegExp]>([
  [{ table: ['inet/fw', 'ip/nat'] }, /several families/],
  [{ table: ['inet/fw', 'nat'] }, /several families/],
  [{ table: ['inet/fw'], family: ['ip'] }, /--table names family inet and --family ip/],
  [{ table: ['!inet/fw'] }, /"!inet\/fw" cannot be left out/],
])('%j is refused', (flags, why) => {
  expect(() => whichQuery(flags)).toThrow(why);
});
