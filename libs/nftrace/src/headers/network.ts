import { type BatchData } from '#columns';
import { align4, u16be, u32be } from '#netlink';
import { writeMac } from './link.js';
import { IPV6_EXTENSION } from './protocols.js';

/** Where the transport header starts and what it is; filled again for every packet. */
export interface Transport {
  /** IP protocol number; -1 = none */
  protocol: number;
  /** Whether ports can be read: not in a later fragment, nor where the extension headers were cut off */
  readable: boolean;
  /** Offset in the network header attribute at which it starts when the kernel sent no transport header */
  offset: number;
}

const IPV4_HLEN = 20;
const IPV6_HLEN = 40;
const ARP_IPV4_LEN = 28;
/** ARPHRD_ETHER and ETHERTYPE.IPV4 */
const ARP_ETHER_IPV4 = 0x0001_0800;

/** RFC 791 §3.1 */
export function parseIpv4(
  bytes: Uint8Array,
  at: number,
  length: number,
  data: BatchData,
  segment: number,
  out: Transport,
): void {
  if (length < IPV4_HLEN) return;
  const headerLength = ((bytes[at] ?? 0) & 0x0f) * 4;
  data.dscp[segment] = (bytes[at + 1] ?? 0) >>> 2;
  data.len[segment] = u16be(bytes, at + 2);
  data.ip_ident[segment] = u16be(bytes, at + 4);
  const fragmentOffset = (u16be(bytes, at + 6) & 0x1fff) * 8;
  data.frag_offset[segment] = fragmentOffset;
  data.ttl[segment] = bytes[at + 8] ?? 0;
  writeMapped(data.ip_src, segment, bytes, at + 12);
  writeMapped(data.ip_dst, segment, bytes, at + 16);
  out.protocol = bytes[at + 9] ?? 0;
  out.offset = headerLength;
  out.readable = fragmentOffset === 0 && headerLength >= IPV4_HLEN;
}

/** RFC 8200 §3. `len` counts the header, as IPv4's does. */
export function parseIpv6(
  bytes: Uint8Array,
  at: number,
  length: number,
  data: BatchData,
  segment: number,
  out: Transport,
): void {
  if (length < IPV6_HLEN) return;
  data.dscp[segment] = (u16be(bytes, at) >>> 6) & 0x3f;
  data.len[segment] = u16be(bytes, at + 4) + IPV6_HLEN;
  data.ttl[segment] = bytes[at + 7] ?? 0;
  data.ip_src.set(bytes.subarray(at + 8, at + 24), 16 * segment);
  data.ip_dst.set(bytes.subarray(at + 24, at + 40), 16 * segment);
  walkExtensions(bytes, at, length, data, segment, out);
}

/**
 * The kernel sends 40 bytes of network header at most, so that what follows a first extension header may not be known:
 * then `protocol` names the extension header and nothing is guessed.
 */
function walkExtensions(
  bytes: Uint8Array,
  at: number,
  length: number,
  data: BatchData,
  segment: number,
  out: Transport,
): void {
  let next = bytes[at + 6] ?? 0;
  let offset = IPV6_HLEN;
  let fragmentOffset = 0;
  while (isExtension(next)) {
    out.protocol = next;
    if (offset + 8 > length) return;
    const start = at + offset;
    if (next === IPV6_EXTENSION.FRAGMENT) {
      fragmentOffset = u16be(bytes, start + 2) & 0xfff8;
      data.frag_offset[segment] = fragmentOffset;
      data.ip_ident[segment] = u32be(bytes, start + 4);
      offset += 8;
    } else if (next === IPV6_EXTENSION.AH) {
      offset += align4(((bytes[start + 1] ?? 0) + 2) * 4);
    } else {
      offset += ((bytes[start + 1] ?? 0) + 1) * 8;
    }
    next = bytes[start] ?? 0;
  }
  out.protocol = next;
  out.offset = offset;
  out.readable = fragmentOffset === 0;
}

function isExtension(protocol: number): boolean {
  return (
    protocol === IPV6_EXTENSION.HOPOPTS ||
    protocol === IPV6_EXTENSION.ROUTING ||
    protocol === IPV6_EXTENSION.FRAGMENT ||
    protocol === IPV6_EXTENSION.AH ||
    protocol === IPV6_EXTENSION.DSTOPTS
  );
}

/** Hardware type, protocol type, and the lengths of their addresses (RFC 826) */
export function isArpIpv4(bytes: Uint8Array, at: number, length: number): boolean {
  if (length < ARP_IPV4_LEN) return false;
  return u32be(bytes, at) === ARP_ETHER_IPV4 && u16be(bytes, at + 4) === 0x0604;
}

/** RFC 826, for IPv4 over Ethernet: sender and target. Hardware addresses only where the link header had none. */
export function parseArp(
  bytes: Uint8Array,
  at: number,
  length: number,
  data: BatchData,
  segment: number,
): void {
  if (!isArpIpv4(bytes, at, length)) return;
  if (data.hw_src[2 * segment] === 0 && data.hw_src[2 * segment + 1] === 0) {
    writeMac(data.hw_src, segment, bytes, at + 8);
    writeMac(data.hw_dst, segment, bytes, at + 18);
  }
  writeMapped(data.ip_src, segment, bytes, at + 14);
  writeMapped(data.ip_dst, segment, bytes, at + 24);
}

/** An IPv4 address as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2) */
function writeMapped(column: Uint8Array, segment: number, bytes: Uint8Array, at: number): void {
  const to = 16 * segment;
  column[to + 10] = 0xff;
  column[to + 11] = 0xff;
  column[to + 12] = bytes[at] ?? 0;
  column[to + 13] = bytes[at + 1] ?? 0;
  column[to + 14] = bytes[at + 2] ?? 0;
  column[to + 15] = bytes[at + 3] ?? 0;
}
