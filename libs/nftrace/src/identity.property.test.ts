import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as A from './attributes.js';
import {
  anyTraffic,
  brokenInvariants,
  Drive,
  eventsOf,
  expectedPackets,
  factsOf,
  packetsOf,
  type Seen,
  type SeenRow,
  type StreamEvent,
  type StreamItem,
  streamOf,
  type TruePacket,
} from './testing/simulator/index.js';

/** A packet as a failed test is to show it */
const brief = ({ event, id }: StreamEvent): string => {
  const { message, evaluation } = event;
  const { family, name } = evaluation.table;
  const verdict = message.policy === undefined ? `${message.verdict}` : `policy ${message.policy}`;
  return `${id} ${evaluation.step.hook} ${family} ${name} ${message.chain} ${verdict}`;
};

interface Packet {
  fate: string;
  decisive: string;
  events: string[];
}

/** The end of a chain that the next event of the same evaluation took the row of */
const isMerged = (events: readonly StreamEvent[], at: number): boolean =>
  events[at]?.event.chainEnd === true && events[at + 1]?.event.evaluation === events[at].event.evaluation;

/**
 * … or that what is stolen in another evaluation of the same table may have: it has no headers, so it may be of the evaluation
 * before as well.
 */
const isDoubtful = (one: StreamEvent | undefined, next: StreamEvent | undefined): boolean =>
  one?.event.chainEnd === true &&
  next?.event.message.verdict === A.NF_STOLEN &&
  next.event.evaluation !== one.event.evaluation &&
  next.event.evaluation.table === one.event.evaluation.table;

function expected(items: readonly StreamItem[]): Packet[] {
  return expectedPackets(items).map(({ events, fate }) => {
    const rows = events.filter((one, at) => !isMerged(events, at) && !isDoubtful(one, events[at + 1]));
    return { fate, decisive: brief(rows.at(-1) as StreamEvent), events: rows.map(brief) };
  });
}

function assembled(items: readonly StreamItem[], seen: Seen): Packet[] {
  const events = eventsOf(items);
  const text = (row: SeenRow): string => brief(events[row.event] as StreamEvent);
  const eventOf = (row: SeenRow | undefined): StreamEvent | undefined => row && events[row.event];
  return [...packetsOf(seen.rows).values()].map((rows) => ({
    fate: rows[0]?.fate ?? '',
    decisive: rows
      .filter((r) => r.decisive)
      .map(text)
      .join(),
    events: rows.filter((row, at) => !isDoubtful(eventOf(row), eventOf(rows[at + 1]))).map(text),
  }));
}

const sorted = (packets: Packet[]): Packet[] =>
  packets.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Its tracing was never off, and its way is one that the kernel has */
const isWhole = ({ hidden, sent }: TruePacket): boolean => !hidden && sent.way !== 'loopback';

describe('packets whose events all arrive', () => {
  it.each([
    { of: 'many signatures', small: false },
    { of: 'few signatures', small: true },
  ])('come out as the packets that they were, $of', ({ small }) => {
    const traffic = anyTraffic({ small, hypothetical: true });
    fc.assert(
      fc.property(traffic, (traffic) => {
        const items = streamOf(traffic);
        const seen = new Drive(factsOf(traffic.ruleset)).stream(items).finish();
        expect(brokenInvariants(seen, 1024)).toEqual([]);
        expect(sorted(assembled(items, seen))).toEqual(sorted(expected(items)));
      }),
      { numRuns: 150 },
    );
  });

  it('have the headers of their base chain’s evaluation in each row', () => {
    fc.assert(
      fc.property(anyTraffic(), (traffic) => {
        const items = streamOf(traffic);
        const events = eventsOf(items);
        const { rows } = new Drive(factsOf(traffic.ruleset)).stream(items).finish();
        for (const row of rows) {
          const { evaluation, message } = (events[row.event] as StreamEvent).event;
          if (message.chain === evaluation.chain.name) expect(row.hook).toBe(evaluation.step.hook);
          // what is reported stolen has no headers: it may have those of its first hook
          if (message.verdict === A.NF_STOLEN) continue;
          const { network, iif = 0 } = evaluation.headers;
          const isIp = [0x45, 0x60].includes(network?.[0] ?? 0);
          const ttl = isIp ? network?.[network[0] === 0x45 ? 8 : 7] : 0;
          expect([row.ttl, row.iif]).toEqual([ttl, iif === 0 ? '' : `eth${iif}`]);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('what the tests hold for tellable', () => {
  it('parts no packet that was traced all its way, and has its fate', () => {
    fc.assert(
      fc.property(anyTraffic({ small: true }), (traffic) => {
        for (const { events, fate } of expectedPackets(streamOf(traffic))) {
          // one that begins as if it were another's next hook cannot be told from it: see below how rare that is
          const { packet } = events[0] as StreamEvent;
          if (!isWhole(packet) || packet.events[0] !== events[0]?.event) continue;
          const own = events.filter((e) => e.packet === packet);
          expect(own).toHaveLength(packet.events.length);
          if (own.length === events.length) expect(fate).toBe(packet.fate);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes two packets for one only where nothing in their events differs', () => {
    const count = { packets: 0, joined: 0 };
    fc.assert(
      fc.property(fc.noBias(anyTraffic()), (traffic) => {
        for (const { events } of expectedPackets(streamOf(traffic))) {
          // without headers, a stolen packet looks like any
          const packets = new Set(events.filter((e) => e.event.message.network).map((e) => e.packet));
          // of ARP and LLDP all packets look the same
          if ([...packets].every(({ sent }) => sent.kind === 'arp' || sent.kind === 'lldp')) continue;
          const alike = ({ sent }: TruePacket): string => `${sent.kind} ${sent.proto} ${sent.len}`;
          expect(new Set([...packets].map(alike)).size).toBeLessThan(2);
          count.packets += packets.size;
          count.joined += Math.max(packets.size - 1, 0);
        }
      }),
      { numRuns: 150, seed: 1 },
    );
    expect(count.packets).toBeGreaterThan(500);
    expect(count.joined / count.packets).toBeLessThan(0.001);
  });
});
