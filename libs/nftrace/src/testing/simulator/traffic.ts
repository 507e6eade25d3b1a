import fc, { type Arbitrary } from 'fast-check';
import { anyPacket, anyRuleset } from './arbitrary.js';
import { fly } from './flight.js';
import { type SimPacket } from './packet.js';
import { type SimRuleset } from './ruleset.js';
import { anyPlan, interleave, type Plan, type StreamEvent, type StreamItem } from './stream.js';

/** All that a stream of events is made from */
export interface Traffic {
  ruleset: SimRuleset;
  packets: readonly SimPacket[];
  plan: Plan;
}

export interface TrafficOptions {
  /** Packets of the same signature are common */
  small?: boolean;
  /** Also ways that no kernel has with one id */
  hypothetical?: boolean;
  /** Packets that are on their way at the same time may have the same id */
  collisions?: boolean;
}

export function anyTraffic(options: TrafficOptions = {}): Arbitrary<Traffic> {
  return fc.record({
    ruleset: anyRuleset,
    packets: fc.array(anyPacket(options), { minLength: 1, maxLength: 30 }),
    plan: anyPlan(options),
  });
}

/** @returns what the agent receives when the packets go through the ruleset */
export function streamOf({ ruleset, packets, plan }: Traffic): StreamItem[] {
  return interleave(
    packets.map((packet) => fly(ruleset, packet)),
    plan,
  );
}

export const eventsOf = (items: readonly StreamItem[]): StreamEvent[] =>
  items.filter((item) => item.kind === 'event');
