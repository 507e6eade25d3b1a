import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatFilter } from './format.js';
import { parseFilter } from './parse.js';
import { toPredicate } from './predicate.js';
import { toSql } from './sql.js';
import { filterArbitrary, patternArbitrary, rowArbitrary, textArbitrary } from './testing/arbitraries.js';
import { TestDatabase } from './testing/database.js';
import { rowSource } from './testing/rows.js';
import { type Filter } from './tree.js';

const RUNS = 400;
const NOW = 1_790_000_001_000_000;

const database = new TestDatabase();
const rows = fc.sample(rowArbitrary, { numRuns: 120, seed: 20261121 });
const source = rowSource(rows);
beforeAll(() => database.load(rows));
afterAll(() => database.close());

function inMemory(filter: Filter): number[] {
  const matches = toPredicate(filter)(source);
  return rows.map((_, row) => row).filter(matches);
}

describe('a filter picks the same rows in ClickHouse and in memory', () => {
  it('as a tree, and as the text of the tree', { timeout: 120_000 }, async () => {
    let picked = 0;
    await fc.assert(
      fc.asyncProperty(filterArbitrary(rows), async (filter) => {
        const expected = inMemory(filter);
        if (expected.length > 0 && expected.length < rows.length) picked++;
        expect(await database.matching(toSql(filter))).toEqual(expected);
        const text = formatFilter(filter);
        expect(inMemory(parseFilter(text)), text).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
    // Filters that pick all or nothing would agree by accident.
    expect(picked).toBeGreaterThan(RUNS / 3);
  });

  it('as a text that a person writes', { timeout: 120_000 }, async () => {
    let picked = 0;
    await fc.assert(
      fc.asyncProperty(textArbitrary(rows), async (text) => {
        const filter = parseFilter(text, { nowUs: NOW });
        const expected = inMemory(filter);
        if (expected.length > 0 && expected.length < rows.length) picked++;
        expect(await database.matching(toSql(filter)), text).toEqual(expected);
        expect(inMemory(parseFilter(formatFilter(filter))), text).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
    expect(picked).toBeGreaterThan(RUNS / 3);
  });

  it('by a regular expression', { timeout: 120_000 }, async () => {
    let [picked, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        patternArbitrary,
        fc.constantFrom('chain', 'rule', 'sg-src', 'net-dst', 'verdict'),
        async (pattern, name) => {
          let filter: Filter;
          try {
            filter = parseFilter(`${name} ~ \`${pattern}\``);
          } catch {
            refused++;
            return;
          }
          const expected = inMemory(filter);
          if (expected.length > 0 && expected.length < rows.length) picked++;
          expect(await database.matching(toSql(filter)), pattern).toEqual(expected);
        },
      ),
      { numRuns: RUNS },
    );
    expect(picked).toBeGreaterThan(RUNS / 8);
    expect(refused).toBeLessThan(RUNS / 3);
  });
});
