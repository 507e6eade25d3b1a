import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TridTable } from './trid-table.js';

/** Ids that fall on few slots, at the end of the table too. */
const trid = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 28, max: 34 }).map((n) => n * 32 + 30),
  fc.integer({ min: 0xfffffff0, max: 0xffffffff }),
);
const step = fc.record({ kind: fc.constantFrom('set', 'delete'), trid, packet: fc.nat(14) });

it('finds what a map finds, whatever was put in and taken out before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new TridTable(15);
      const model = new Map<number, number>();
      for (const { kind, trid: id, packet } of steps) {
        if (kind === 'delete') {
          table.delete(id);
          model.delete(id);
        } else if (model.size < 15 || model.has(id)) {
          table.set(id, packet);
          model.set(id, packet);
        }
        for (const { trid: any } of steps) expect(table.get(any)).toBe(model.get(any) ?? -1);
      }
    }),
    { numRuns: 300 },
  );
});
