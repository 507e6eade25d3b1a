import { NONE, type Packets } from './packets.js';
import { type Segments } from './segments.js';

/** Writes what later segments of the packet must agree with. */
export function writeSignature(packets: Packets, packet: number, segments: Segments, segment: number): void {
  const data = segments.columns.data;
  const at = 4 * packet;
  packets.signature[at] = ((data.ether_type[segment] ?? 0) << 16) | (data.proto[segment] ?? 0);
  packets.signature[at + 1] = data.ip_ident[segment] ?? 0;
  packets.signature[at + 2] = data.len[segment] ?? 0;
  packets.signature[at + 3] = data.tcp_seq[segment] ?? 0;
}

/**
 * The kernel gives the id of one packet to the next within microseconds. It is the same packet while the hook order
 * advances, no chain comes twice (unless a verdict said `repeat`), and what NAT leaves alone agrees.
 * @param order of the base chain that `segment` starts; NaN = not known
 */
export function isSamePacket(
  packets: Packets,
  packet: number,
  segments: Segments,
  segment: number,
  order: number,
): boolean {
  const data = segments.columns.data;
  const at = 4 * packet;
  if (packets.firstSegment[packet] === NONE || packets.terminalHop[packet] !== NONE) return false;
  if (
    packets.signature[at] !== (((data.ether_type[segment] ?? 0) << 16) | (data.proto[segment] ?? 0)) >>> 0 ||
    packets.signature[at + 1] !== data.ip_ident[segment] ||
    packets.signature[at + 2] !== data.len[segment] ||
    packets.signature[at + 3] !== data.tcp_seq[segment]
  ) {
    return false;
  }
  if (packets.repeats[packet] === 1) return true;
  // NaN compares false: a chain whose hook is not known yet does not speak against
  if (order < (packets.order[packet] ?? NaN)) return false;
  return !visited(packets, packet, segments, segment);
}

function visited(packets: Packets, packet: number, segments: Segments, segment: number): boolean {
  for (let s = packets.firstSegment[packet] ?? NONE; s !== NONE; s = segments.next[s] ?? NONE) {
    if (
      segments.chain[s] === segments.chain[segment] &&
      segments.table[s] === segments.table[segment] &&
      segments.family[s] === segments.family[segment]
    ) {
      return true;
    }
  }
  return false;
}
