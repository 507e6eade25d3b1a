import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, kindNames } from './kinds.js';
import { schedule, type ScheduledFault } from './schedule.js';

const options = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  faults: fc.integer({ min: 1, max: 120 }),
  kinds: fc.uniqueArray(fc.constantFrom(...kindNames), { minLength: 1 }),
  pause_s: fc.double({ min: 0.2, max: 10, noNaN: true }),
});

const end = ({ at_s, lasts_s }: ScheduledFault): number => at_s + lasts_s;

describe('schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    fc.assert(
      fc.property(options, (of) => {
        expect(schedule(of)).toEqual(schedule({ ...of }));
      }),
    );
    const of = { faults: 20, kinds: kindNames, pause_s: 2 };
    expect(schedule({ ...of, seed: 1 })).not.toEqual(schedule({ ...of, seed: 2 }));
  });

  it('has as many faults as asked for, by their begin, each within the bounds of its kind', () => {
    fc.assert(
      fc.property(options, (of) => {
        const faults = schedule(of);
        expect(faults).toHaveLength(of.faults);
        for (const [i, { kind, at_s, lasts_s, amount }] of faults.entries()) {
          const facts = factsOf(kind);
          expect(of.kinds).toContain(kind);
          expect(at_s).toBeGreaterThanOrEqual(faults[i - 1]?.at_s ?? 0);
          expect(lasts_s).toBeGreaterThanOrEqual(facts.lasts_s[0]);
          expect(lasts_s).toBeLessThanOrEqual(facts.lasts_s[1]);
          expect(amount).toBeGreaterThanOrEqual(facts.amount?.[0] ?? 0);
          expect(amount).toBeLessThanOrEqual(facts.amount?.[1] ?? 0);
        }
      }),
    );
  });

  it('does one thing at a time to each target', () => {
    fc.assert(
      fc.property(options, (of) => {
        const last = new Map<string, ScheduledFault>();
        for (const fault of schedule(of)) {
          const { target } = factsOf(fault.kind);
          expect(fault.at_s).toBeGreaterThan(end(last.get(target) ?? { ...fault, at_s: -99 }));
          last.set(target, fault);
        }
      }),
    );
  });

  it('has every kind before it has one a second time more often', () => {
    fc.assert(
      fc.property(options, (of) => {
        const counts = of.kinds.map((kind) => schedule(of).filter((fault) => fault.kind === kind).length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
