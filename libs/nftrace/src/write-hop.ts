import * as A from './attributes.js';
import { type TraceEvent } from './event.js';
import { type Hops } from './hops.js';
import { type Labels } from './labels.js';
import { type Packets } from './packets.js';

/** A policy event has the policy for a verdict. @returns NaN where an event has neither */
export function verdictOf(event: TraceEvent): number {
  if (event.type === A.TRACETYPE_POLICY && event.hasPolicy) return event.policy;
  return event.hasVerdict ? event.verdict : NaN;
}

/** Writes what an event says of its own into the slot of its hop. @param now_us the event's time stamp */
export function writeHop(
  hops: Hops,
  hop: number,
  packets: Packets,
  packet: number,
  event: TraceEvent,
  now_us: number,
  labels: Labels,
): void {
  const data = hops.columns.data;
  hops.segment[hop] = packets.lastSegment[packet] ?? 0;
  hops.nfproto[hop] = event.family;
  data.ts[2 * hop] = now_us % 2 ** 32;
  data.ts[2 * hop + 1] = now_us / 2 ** 32;
  data.packet_id[2 * hop] = packets.idLow[packet] ?? 0;
  data.packet_id[2 * hop + 1] = packets.idHigh[packet] ?? 0;
  data.trid[hop] = event.id;
  data.type[hop] = labels.type[event.type] ?? 0;
  data.family[hop] = labels.family[event.family] ?? 0;
  data.table[hop] = event.table;
  data.chain[hop] = event.chain;
  data.handle[2 * hop] = event.handleLow;
  data.handle[2 * hop + 1] = event.handleHigh;
  data.verdict[hop] = labels.verdict.get(verdictOf(event)) ?? 0;
  data.jt[hop] = event.jumpTarget;
}
