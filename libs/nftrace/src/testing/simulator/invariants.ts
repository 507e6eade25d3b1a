import { type Seen, type SeenRow } from './drive.js';

/** @returns the rows of each packet, in the order of their hops */
export function packetsOf(rows: readonly SeenRow[]): Map<bigint, SeenRow[]> {
  const packets = new Map<bigint, SeenRow[]>();
  for (const row of rows) {
    const packet = packets.get(row.packetId);
    if (packet) packet.push(row);
    else packets.set(row.packetId, [row]);
  }
  for (const packet of packets.values()) packet.sort((a, b) => a.hop - b.hop);
  return packets;
}

/**
 * What holds whatever is fed in.
 * @returns what is broken, a line each; empty when all is well
 */
export function brokenInvariants(seen: Seen, maxPackets: number): string[] {
  const broken: string[] = [];
  const check = (holds: boolean, text: string): void => void (holds || broken.push(text));
  const packets = packetsOf(seen.rows);
  for (const [id, rows] of packets) {
    check(new Set(rows.map((r) => r.fate)).size === 1, `packet ${id} has more than one fate`);
    check(rows.filter((r) => r.decisive).length === 1, `packet ${id} has not one decisive row`);
    check(
      rows.every((r, n) => r.hop === n),
      `packet ${id} has hops ${rows.map((r) => r.hop).join()}`,
    );
    check(new Set(rows.map((r) => r.trid)).size === 1, `packet ${id} has rows of several kernel ids`);
    const events = rows.map((r) => r.event);
    check(
      events.every((e, n) => n === 0 || e > (events[n - 1] ?? 0)),
      `packet ${id} has its rows in the order ${events.join()}`,
    );
  }
  const { rows, stamps, counts } = seen;
  const offered = stamps.length;
  check(
    rows.every((r) => r.ts === stamps[r.event]),
    'a row has not the time of its event',
  );
  check(new Set(rows.map((r) => r.event)).size === rows.length, 'an event made two rows');
  check(
    rows.length + counts.merged === offered,
    `${rows.length} rows and ${counts.merged} merged of ${offered} events`,
  );
  check(packets.size === counts.packets, `${packets.size} packet ids of ${counts.packets} packets`);
  check(seen.mostPending <= maxPackets, `${seen.mostPending} of ${maxPackets} packet slots were taken`);
  check(seen.left === 0, `${seen.left} packets are left in their slots`);
  check(seen.leaked === 0, `${seen.leaked} slots are not free again`);
  return broken;
}
