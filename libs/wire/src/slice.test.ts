import fc from 'fast-check';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { decodeBatch, encodeBatch, packetStarts, sliceBatch } from './index.js';
import { anyRow } from './testing/arbitrary.js';
import { batchOf, rowOf } from './testing/rows.js';

describe('sliceBatch', () => {
  it('writes the rows that it is asked for, with the batch id that it is given', () => {
    const range = fc.tuple(fc.array(anyRow, { minLength: 1, maxLength: 30 }), fc.nat(), fc.nat());
    fc.assert(
      fc.property(range, ([rows, a, b]) => {
        const from = a % rows.length;
        const until = from + 1 + (b % (rows.length - from));
        const batch = decodeBatch(encodeBatch(batchOf(rows)));
        const part = decodeBatch(sliceBatch(batch, { from, until, batchId: 2n ** 64n - 1n }));
        expect(part.rows).toBe(until - from);
        const expected = rows.slice(from, until).map((row) => ({ ...row, batch_id: 2n ** 64n - 1n }));
        expect(expected.map((_, row) => rowOf(part, row))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('takes along only the strings of its rows', () => {
    const batch = decodeBatch(encodeBatch(batchOf([{ rule: 'one' }, { rule: 'two' }, { rule: 'two' }])));
    const part = sliceBatch(batch, { from: 1, until: 3, batchId: 1n });
    expect(Buffer.from(part).includes('one')).toBe(false);
    expect([...(tableFromIPC(part).getChild('rule') ?? [])]).toEqual(['two', 'two']);
  });

  it.each([
    [0, 0],
    [2, 1],
    [0, 4],
    [-1, 1],
    [0, NaN],
  ])('refuses rows [%s, %s) of three', (from, until) => {
    const batch = decodeBatch(encodeBatch(batchOf([{}, {}, {}])));
    expect(() => sliceBatch(batch, { from, until, batchId: 1n })).toThrow(RangeError);
  });
});

describe('packetStarts', () => {
  it('names the first row of each packet', () => {
    const rows = [7n, 7n, 9n, 2n ** 60n, 2n ** 60n].map((packet_id) => ({ packet_id }));
    expect(packetStarts(decodeBatch(encodeBatch(batchOf(rows))))).toEqual([0, 2, 3]);
  });
});
