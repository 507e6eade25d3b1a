import { align4, NFGENMSG_LEN, NLMSG_HDRLEN, type ReceivedMessages, u16le, u32be } from '#netlink';
import { NFT_TRACE_MESSAGE, NFTA_TRACE_IIF, NFTA_TRACE_OIF } from '#nftrace';

const NLA_HDRLEN = 4;
const ATTRIBUTES_AT = NLMSG_HDRLEN + NFGENMSG_LEN;

/** @returns whether the message in a slot is a trace event, whatever it holds */
export function isTraceEvent(ring: ReceivedMessages, slot: number): boolean {
  const at = ring.start(slot);
  return ring.end(slot) - at >= ATTRIBUTES_AT && u16le(ring.bytes, at + 4) === NFT_TRACE_MESSAGE;
}

/** Calls `seen` with the interface indexes in a trace event. Total, as the decoder is. */
export function visitInterfaces(ring: ReceivedMessages, slot: number, seen: (index: number) => void): void {
  const { bytes } = ring;
  const end = ring.end(slot);
  for (let at = ring.start(slot) + ATTRIBUTES_AT; at + NLA_HDRLEN <= end;) {
    const length = u16le(bytes, at);
    if (length < NLA_HDRLEN || at + length > end) return;
    const type = u16le(bytes, at + 2);
    const isIndex = type === NFTA_TRACE_IIF || type === NFTA_TRACE_OIF;
    if (isIndex && length >= NLA_HDRLEN + 4) seen(u32be(bytes, at + NLA_HDRLEN));
    at += align4(length);
  }
}
