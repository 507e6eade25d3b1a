import fc from 'fast-check';
import { expect, it } from 'vitest';
import { written } from './pieces.js';

const KiB = 1024;

it('gives the same bytes in their order, in few pieces', () => {
  const lengths = fc.array(fc.constantFrom(0, 1, 100, 255 * KiB, 256 * KiB, 600 * KiB), { maxLength: 20 });
  fc.assert(
    fc.property(lengths, (list) => {
      const pieces = list.map((length, at) => new Uint8Array(length).fill(at + 1));
      const given = [...written(pieces)];
      expect(Buffer.concat(given).equals(Buffer.concat(pieces))).toBe(true);
      for (const [at, piece] of given.slice(0, -1).entries())
        expect(piece.length + (given[at + 1] as Uint8Array).length).toBeGreaterThanOrEqual(256 * KiB);
      for (const piece of pieces.filter(({ length }) => length >= 256 * KiB))
        expect(given.includes(piece)).toBe(true);
    }),
    { numRuns: 20 },
  );
});
