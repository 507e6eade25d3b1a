import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyHostileSteps,
  anyLosses,
  anyRuleset,
  anyTraffic,
  brokenInvariants,
  Drive,
  factsOf,
  lose,
  streamOf,
} from './testing/simulator/index.js';

const pools = fc.record({
  maxPackets: fc.integer({ min: 1, max: 40 }),
  maxHops: fc.integer({ min: 1, max: 60 }),
  maxHopsPerPacket: fc.integer({ min: 1, max: 20 }),
  batch: fc.integer({ min: 20, max: 200 }),
});

/** Steps of the wall clock in seconds: a correction by NTP, a clock that was set, both ways */
const clock = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: -90, max: 90 })), {
  minLength: 1,
  maxLength: 20,
});

describe('the assembler keeps its account', () => {
  it('of packets that have the same id at the same time, with losses, small pools and clock steps', () => {
    const traffic = anyTraffic({ small: true, hypothetical: true, collisions: true });
    fc.assert(
      fc.property(traffic, anyLosses, pools, clock, (traffic, losses, pools, clock) => {
        const items = lose(streamOf(traffic), losses);
        const seen = new Drive(factsOf(traffic.ruleset), { ...pools, clock }).stream(items).finish();
        expect(brokenInvariants(seen, pools.maxPackets)).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });

  it('of events that no kernel sends, and calls in any order', () => {
    fc.assert(
      fc.property(anyRuleset, anyHostileSteps, pools, clock, (ruleset, steps, pools, clock) => {
        const seen = new Drive(factsOf(ruleset), { ...pools, clock }).hostile(steps).finish();
        expect(brokenInvariants(seen, pools.maxPackets)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('where a ruleset is not known', () => {
    fc.assert(
      fc.property(anyTraffic({ small: true }), (traffic) => {
        const seen = new Drive([]).stream(streamOf(traffic)).finish();
        expect(brokenInvariants(seen, 1024)).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });
});
