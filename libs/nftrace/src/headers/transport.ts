import { type BatchData } from '#columns';
import { u16be, u32be } from '#netlink';
import { IPPROTO } from './protocols.js';

/** Writes what the first bytes of a transport header say; as much as is there. */
export function parseTransport(
  protocol: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  data: BatchData,
  segment: number,
): void {
  switch (protocol) {
    case IPPROTO.TCP:
      writePorts(bytes, at, length, data, segment);
      if (length >= 12) {
        data.tcp_seq[segment] = u32be(bytes, at + 4);
        data.tcp_ack[segment] = u32be(bytes, at + 8);
      }
      if (length >= 14) data.tcp_flags[segment] = bytes[at + 13] ?? 0;
      if (length >= 16) data.tcp_window[segment] = u16be(bytes, at + 14);
      break;
    case IPPROTO.UDP:
    case IPPROTO.UDPLITE:
    case IPPROTO.SCTP:
    case IPPROTO.DCCP:
      writePorts(bytes, at, length, data, segment);
      break;
    case IPPROTO.ICMP:
    case IPPROTO.ICMPV6:
      if (length >= 2) {
        data.icmp_type[segment] = bytes[at] ?? 0;
        data.icmp_code[segment] = bytes[at + 1] ?? 0;
      }
      break;
    default: // no header that we know: addresses and protocol are what there is to say
  }
}

function writePorts(bytes: Uint8Array, at: number, length: number, data: BatchData, segment: number): void {
  if (length < 4) return;
  data.sport[segment] = u16be(bytes, at);
  data.dport[segment] = u16be(bytes, at + 2);
}
