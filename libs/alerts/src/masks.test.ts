import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RowSource } from '#columns';
import { parseFilter, toPredicate, type Filter } from '#filter';
import { filterArbitrary, rowArbitrary, rowSource } from '#testing/filter';
import { BatchView } from './batch-view.js';
import { Masks, takes } from './masks.js';
import { rawSource } from './testing/raw-source.js';

const rows = fc.sample(rowArbitrary, { numRuns: 100, seed: 20261121 });
const asRows = rowSource(rows);
const asArrow = rawSource(asRows);

function expectSame(filter: Filter, source: RowSource, pick: readonly number[]): number {
  const view = new BatchView();
  const masks = new Masks();
  // Others are there before: what several have is shared.
  masks.add(parseFilter('fate == dropped and proto == tcp'));
  const number = masks.add(filter);
  view.fill(source, Uint32Array.from(pick));
  const matches = toPredicate(filter)(source);
  const expected = [...pick.keys()].filter((place) => matches(pick[place] as number));
  const mask = masks.mask(number, view);
  expect([...pick.keys()].filter((place) => takes(mask, place))).toEqual(expected);
  const places = mask.places(pick.length);
  expect([...places.subarray(0, mask.count)]).toEqual(expected);
  return expected.length;
}

const picks = fc.subarray([...rows.keys()], { minLength: 1 });

describe('masks take what the predicate takes', () => {
  it.each([
    ['of any source', asRows],
    ['of a batch in Arrow’s layout', asArrow],
  ] as const)('%s', (_name, source) => {
    let picked = 0;
    fc.assert(
      fc.property(filterArbitrary(rows), picks, (filter, pick) => {
        const count = expectSame(filter, source, pick);
        if (count > 0 && count < pick.length) picked++;
      }),
      { numRuns: 500 },
    );
    expect(picked).toBeGreaterThan(100);
  });

  it('batch after batch, with the memory of the one before', () => {
    const [view, masks] = [new BatchView(), new Masks()];
    const filters = ['not (fate == dropped)', 'dport in 1-100 or sport == 443', 'rule ~ "a" and true'].map(
      (text) => parseFilter(text),
    );
    const numbers = filters.map((filter) => masks.add(filter));
    fc.assert(
      fc.property(picks, (pick) => {
        view.fill(asArrow, Uint32Array.from(pick));
        for (const [i, filter] of filters.entries()) {
          const matches = toPredicate(filter)(asArrow);
          const mask = masks.mask(numbers[i] as number, view);
          expect(pick.map((_, place) => takes(mask, place))).toEqual(pick.map((row) => matches(row)));
        }
      }),
      { numRuns: 100 },
    );
  });
});
