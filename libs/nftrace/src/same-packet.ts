import { NFPROTO_BRIDGE, NFPROTO_NETDEV } from '#netlink';
import { Phase } from './epochs.js';
import { mayBeSame, mayFollow } from './hook-order.js';
import { NONE, type Packets, SIGNATURE } from './packets.js';
import { type Segments } from './segments.js';

/** Writes what later segments of the packet must agree with. */
export function writeSignature(packets: Packets, packet: number, segments: Segments, segment: number): void {
  const data = segments.columns.data;
  const at = SIGNATURE * packet;
  packets.signature[at] = data.ether_type[segment] ?? 0;
  packets.signature[at + 1] = data.proto[segment] ?? 0;
  packets.signature[at + 2] = data.ip_ident[segment] ?? 0;
  packets.signature[at + 3] = data.len[segment] ?? 0;
  packets.signature[at + 4] = data.tcp_seq[segment] ?? 0;
}

/**
 * The kernel gives the id of one packet to the next within microseconds. It is the same packet while the hook order
 * advances, no chain comes twice (unless a verdict said `repeat`), and what NAT leaves alone agrees. A packet whose
 * beginning was lost has no headers to agree with: what starts a chain is another.
 * @param order of the base chain that `segment` starts; NaN = not known
 */
export function isSamePacket(
  packets: Packets,
  packet: number,
  segments: Segments,
  segment: number,
  order: number,
): boolean {
  if (packets.incomplete[packet] === 1 || !agrees(packets, packet, segments, segment)) return false;
  if (packets.repeats[packet] === 1 && isLastChain(packets, packet, segments, order)) return true;
  if (isHandedOn(packets, packet, segments, segment)) return true;
  const before = ordersOf(packets, segments.family[segment] ?? 0)[packet] ?? NaN;
  return mayFollow(before, order) && !visited(packets, packet, segments, segment);
}

/** @returns whether `segment` starts the very base chain that the packet has just come through, with the same headers */
export function isEvaluatedAgain(
  packets: Packets,
  packet: number,
  segments: Segments,
  segment: number,
): boolean {
  const last = packets.lastSegment[packet] ?? NONE;
  if (packets.incomplete[packet] === 1 || packets.chainOpen[packet] === 1) return false;
  if (segments.phase[last] === Phase.sure || segments.phase[last] === Phase.old) return false;
  return (
    segments.chain[last] === segments.chain[segment] &&
    segments.table[last] === segments.table[segment] &&
    segments.family[last] === segments.family[segment] &&
    agrees(packets, packet, segments, segment)
  );
}

/**
 * @returns whether a packet with the same headers is the same one: IPv4 counts its packets, unless they must not be
 * fragmented; and who has been seen in an earlier base chain would have come through that again
 */
export function isKnownByHeaders(
  packets: Packets,
  packet: number,
  segments: Segments,
  segment: number,
): boolean {
  const counted = segments.columns.data.ip_ident[segment] !== 0;
  return counted || packets.firstSegment[packet] !== packets.lastSegment[packet];
}

/** br_netfilter runs the IP hooks from within the bridge's: the way through a bridge is one of its own. */
export function ordersOf(packets: Packets, family: number): Float64Array {
  return family === NFPROTO_BRIDGE ? packets.bridgeOrder : packets.order;
}

function agrees(packets: Packets, packet: number, segments: Segments, segment: number): boolean {
  const { signature } = packets;
  const data = segments.columns.data;
  const at = SIGNATURE * packet;
  const mine = signature[at];
  const type = data.ether_type[segment];
  return (
    // egress tells no link header: what is not IP or ARP has no type there
    (mine === type || mine === 0 || type === 0) &&
    signature[at + 1] === data.proto[segment] &&
    signature[at + 2] === data.ip_ident[segment] &&
    signature[at + 3] === data.len[segment] &&
    signature[at + 4] === data.tcp_seq[segment]
  );
}

function isLastChain(packets: Packets, packet: number, segments: Segments, order: number): boolean {
  return mayBeSame(segments.order[packets.lastSegment[packet] ?? 0] ?? NaN, order);
}

function visited(packets: Packets, packet: number, segments: Segments, segment: number): boolean {
  for (let s = packets.firstSegment[packet] ?? NONE; s !== NONE; s = segments.next[s] ?? NONE) {
    if (
      segments.chain[s] === segments.chain[segment] &&
      segments.table[s] === segments.table[segment] &&
      segments.family[s] === segments.family[segment] &&
      !isOtherEgress(segments, s, segment)
    ) {
      return true;
    }
  }
  return false;
}

/**
 * A VLAN or a bridge gives the packet to the device below, which has the egress hook again: there the order starts from
 * the beginning, and chains come that have come for the device above.
 */
function isHandedOn(packets: Packets, packet: number, segments: Segments, segment: number): boolean {
  if (segments.family[segment] !== NFPROTO_NETDEV) return false;
  const { oif } = segments.columns.data;
  let above = false;
  for (let s = packets.firstSegment[packet] ?? NONE; s !== NONE; s = segments.next[s] ?? NONE) {
    above ||= isOtherEgress(segments, s, segment);
    if (segments.family[s] === NFPROTO_NETDEV && oif[s] === oif[segment]) return false;
  }
  return above;
}

function isOtherEgress(segments: Segments, one: number, other: number): boolean {
  const { oif } = segments.columns.data;
  if (segments.family[one] !== NFPROTO_NETDEV || segments.family[other] !== NFPROTO_NETDEV) return false;
  return oif[one] !== 0 && oif[other] !== 0 && oif[one] !== oif[other];
}
