import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyLosses,
  anyTraffic,
  brokenInvariants,
  Drive,
  eventsOf,
  expectedPackets,
  factsOf,
  lose,
  packetsOf,
  type Seen,
  type StreamEvent,
  type StreamItem,
  streamOf,
  visibleFate,
} from './testing/simulator/index.js';

interface SeenPacket {
  fate: string;
  /** The event that the last row is of */
  last: StreamEvent;
  /** Rows of more than one true packet: nothing in their events differs (identity.property.test.ts) */
  mixed: boolean;
}

function seenPackets(items: readonly StreamItem[], seen: Seen): SeenPacket[] {
  const events = eventsOf(items);
  return [...packetsOf(seen.rows).values()].map((rows) => {
    const own = rows.map((row) => events[row.event] as StreamEvent);
    const last = own.at(-1) as StreamEvent;
    return { fate: rows[0]?.fate ?? '', last, mixed: own.some(({ packet }) => packet !== last.packet) };
  });
}

/** A fate that is told must be that of the packet whose event decided, and that event its last. */
function expectNoWrongClaim({ fate, last, mixed }: SeenPacket): void {
  const { event, packet } = last;
  if (fate === 'unknown' || packet.hidden || mixed) return;
  expect(fate).toBe(visibleFate(event));
  expect(packet.events.length - 1 - packet.events.indexOf(event)).toBe(0);
}

/** Events whose packet was on its way at a gap, or had just been: nobody can know that it had come to its end. */
function openAtGap(items: readonly StreamItem[]): Set<StreamEvent['packet']> {
  const unsure = new Set<StreamEvent['packet']>();
  let recent: StreamEvent[] = [];
  for (const item of items) {
    if (item.kind === 'event') recent.push(item);
    if (item.kind === 'gap') for (const { packet } of [...recent, ...item.lost]) unsure.add(packet);
    if (item.kind !== 'event') recent = [];
  }
  return unsure;
}

describe('packets of which events are lost', () => {
  it('are unknown, unless what decided is seen; those before and after the gap are right', () => {
    fc.assert(
      fc.property(anyTraffic(), anyLosses, (traffic, losses) => {
        const items = lose(streamOf(traffic), losses);
        const seen = new Drive(factsOf(traffic.ruleset)).stream(items).finish();
        expect(brokenInvariants(seen, 1024)).toEqual([]);
        const unsure = openAtGap(items);
        for (const packet of seenPackets(items, seen)) {
          expectNoWrongClaim(packet);
          if (!unsure.has(packet.last.packet)) expect(packet.fate).toBe(visibleFate(packet.last.event));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are told apart as far as their events allow', () => {
    fc.assert(
      fc.property(anyTraffic({ small: true }), anyLosses, (traffic, losses) => {
        const items = lose(streamOf(traffic), losses);
        const number = new Map(eventsOf(items).map((event, n) => [event, n]));
        const seen = new Drive(factsOf(traffic.ruleset)).stream(items).finish();
        const rows = new Map(seen.rows.map((row) => [row.event, row]));
        const ids = new Set<bigint>();
        for (const { events, fate } of expectedPackets(items)) {
          const own = events.flatMap((event) => rows.get(number.get(event) ?? -1) ?? []);
          expect(new Set(own.map((r) => `${r.packetId} ${r.fate}`))).toEqual(
            new Set([`${own[0]?.packetId} ${fate}`]),
          );
          ids.add(own[0]?.packetId ?? 0n);
        }
        expect(ids.size).toBe(seen.counts.packets);
      }),
      { numRuns: 150 },
    );
  });
});

describe('packets that must make room before their time', () => {
  it('are unknown, unless what decided is seen', () => {
    const options = fc.record({
      maxPackets: fc.integer({ min: 1, max: 5 }),
      maxHops: fc.integer({ min: 1, max: 12 }),
      maxHopsPerPacket: fc.integer({ min: 2, max: 12 }),
      batch: fc.integer({ min: 12, max: 30 }),
    });
    fc.assert(
      fc.property(anyTraffic(), options, (traffic, options) => {
        const items = streamOf(traffic);
        const seen = new Drive(factsOf(traffic.ruleset), options).stream(items).finish();
        expect(brokenInvariants(seen, options.maxPackets)).toEqual([]);
        for (const packet of seenPackets(items, seen)) expectNoWrongClaim(packet);
      }),
      { numRuns: 200 },
    );
  });
});
