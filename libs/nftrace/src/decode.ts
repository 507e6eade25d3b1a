import { align4, NFGENMSG_LEN, NLMSG_HDRLEN, u16be, u16le, u32be, u32le } from '#netlink';
import * as A from './attributes.js';
import { type TraceEvent } from './event.js';
import { type ByteInterner } from './interner.js';

/** Why a message is no trace event. `other`: a message of another type, which is legal. */
export type Decoded = 'event' | 'other' | 'malformed';

const NLA_TYPE_MASK = 0x3fff;
const NLA_HDRLEN = 4;

/** Netlink messages → TraceEvent. Total: any bytes give an answer, none a throw or a read past the end. */
export class TraceDecoder {
  constructor(private readonly names: ByteInterner) {}

  /**
   * @param bytes a buffer with the message at [start, end), headers included
   * @param event filled when the answer is `event`
   */
  decode(bytes: Uint8Array, start: number, end: number, event: TraceEvent): Decoded {
    if (end - start < NLMSG_HDRLEN + NFGENMSG_LEN || end > bytes.length) return 'malformed';
    if (u16le(bytes, start + 4) !== A.NFT_TRACE_MESSAGE) return 'other';
    const messageEnd = start + u32le(bytes, start);
    if (messageEnd > end || messageEnd < start + NLMSG_HDRLEN + NFGENMSG_LEN) return 'malformed';
    event.reset(bytes);
    event.family = bytes[start + NLMSG_HDRLEN] ?? 0;
    let at = start + NLMSG_HDRLEN + NFGENMSG_LEN;
    let seen = 0;
    while (at + NLA_HDRLEN <= messageEnd) {
      const length = u16le(bytes, at);
      if (length < NLA_HDRLEN || at + length > messageEnd) return 'malformed';
      const type = u16le(bytes, at + 2) & NLA_TYPE_MASK;
      if (!this.#attribute(type, bytes, at + NLA_HDRLEN, length - NLA_HDRLEN, event)) return 'malformed';
      if (type < 32) seen |= 1 << type;
      at += align4(length);
    }
    return (seen & REQUIRED) === REQUIRED ? 'event' : 'malformed';
  }

  /** @returns false when the value is shorter than its type; an unknown attribute is skipped */
  #attribute(type: number, bytes: Uint8Array, at: number, length: number, event: TraceEvent): boolean {
    if (length < (MINIMUM[type] ?? 0)) return false;
    switch (type) {
      case A.NFTA_TRACE_TABLE:
        event.table = this.names.id(bytes, at, length);
        return true;
      case A.NFTA_TRACE_CHAIN:
        event.chain = this.names.id(bytes, at, length);
        return true;
      case A.NFTA_TRACE_RULE_HANDLE:
        event.handleHigh = u32be(bytes, at);
        event.handleLow = u32be(bytes, at + 4);
        return true;
      case A.NFTA_TRACE_VERDICT:
        return this.#verdict(bytes, at, at + length, event);
      case A.NFTA_TRACE_LL_HEADER:
        event.linkAt = at;
        event.linkLength = length;
        return true;
      case A.NFTA_TRACE_NETWORK_HEADER:
        event.networkAt = at;
        event.networkLength = length;
        return true;
      case A.NFTA_TRACE_TRANSPORT_HEADER:
        event.transportAt = at;
        event.transportLength = length;
        return true;
      default:
        number(type, bytes, at, event);
        return true;
    }
  }

  /** The nested attribute 5: a code, and the target chain of a jump or goto */
  #verdict(bytes: Uint8Array, start: number, end: number, event: TraceEvent): boolean {
    let at = start;
    while (at + NLA_HDRLEN <= end) {
      const length = u16le(bytes, at);
      if (length < NLA_HDRLEN || at + length > end) return false;
      const type = u16le(bytes, at + 2) & NLA_TYPE_MASK;
      const value = at + NLA_HDRLEN;
      if (type === A.NFTA_VERDICT_CODE) {
        if (length < NLA_HDRLEN + 4) return false;
        const code = u32be(bytes, value) | 0;
        event.hasVerdict = true;
        event.verdict = code < 0 ? code : code & 0xff;
      } else if (type === A.NFTA_VERDICT_CHAIN) {
        event.jumpTarget = this.names.id(bytes, value, length - NLA_HDRLEN);
      }
      at += align4(length);
    }
    return true;
  }
}

const REQUIRED =
  (1 << A.NFTA_TRACE_ID) | (1 << A.NFTA_TRACE_TYPE) | (1 << A.NFTA_TRACE_TABLE) | (1 << A.NFTA_TRACE_CHAIN);

/** The least length of a value by attribute type; a text and a header may be empty. */
const MINIMUM: readonly number[] = [0, 0, 0, 8, 4, 0, 4, 0, 0, 0, 4, 2, 4, 2, 4, 4, 4, 0, 4, 1, 4, 4];

function number(type: number, bytes: Uint8Array, at: number, event: TraceEvent): void {
  switch (type) {
    case A.NFTA_TRACE_TYPE:
      event.type = u32be(bytes, at);
      break;
    case A.NFTA_TRACE_ID:
      event.id = u32be(bytes, at);
      break;
    case A.NFTA_TRACE_IIF:
      event.iif = u32be(bytes, at);
      break;
    case A.NFTA_TRACE_IIFTYPE:
      event.iifType = u16be(bytes, at);
      break;
    case A.NFTA_TRACE_OIF:
      event.oif = u32be(bytes, at);
      break;
    case A.NFTA_TRACE_OIFTYPE:
      event.oifType = u16be(bytes, at);
      break;
    case A.NFTA_TRACE_MARK:
      event.mark = u32be(bytes, at);
      break;
    case A.NFTA_TRACE_NFPROTO:
      event.nfproto = u32be(bytes, at);
      break;
    case A.NFTA_TRACE_POLICY:
      event.hasPolicy = true;
      event.policy = u32be(bytes, at);
      break;
    case A.NFTA_TRACE_CT_ID:
      event.ctId = u32be(bytes, at);
      break;
    case A.NFTA_TRACE_CT_DIRECTION:
      event.ctDirection = bytes[at] ?? -1;
      break;
    case A.NFTA_TRACE_CT_STATUS:
      event.ctStatus = u32be(bytes, at);
      break;
    case A.NFTA_TRACE_CT_STATE:
      event.ctState = u32be(bytes, at);
      break;
    default: // an attribute of a newer kernel
  }
}
