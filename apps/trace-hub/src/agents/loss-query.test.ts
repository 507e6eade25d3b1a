import { expect, it } from 'vitest';
import { toPredicate } from '#filter';
import { lossFilter } from './loss-query.js';

/** @returns which of these namespaces' losses a query asks for */
function asked(query: Record<string, string | string[]>): string[] {
  const matches = toPredicate(lossFilter(query));
  return ['', 'blue', 'red', '*'].filter((netns) => matches({ rows: 1, get: () => netns as never })(0));
}

it.each<[Record<string, string | string[]>, string[]]>([
  [{}, ['', 'blue', 'red', '*']],
  [{ netns: 'blue' }, ['blue', '*']],
  [{ netns: ['blue', 'red'] }, ['blue', 'red', '*']],
  [{ netns: '!blue' }, ['', 'red', '*']],
])('%j', (query, namespaces) => {
  expect(asked(query)).toEqual(namespaces);
});
