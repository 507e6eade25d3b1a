import * as A from '../attributes.js';

/** A trace event as a test writes it; what is left out is not in the message. */
export interface TraceMessage {
  id?: number;
  /** NFPROTO_… of the table; 1 = inet */
  family?: number;
  /** NFPROTO_… of the packet */
  nfproto?: number;
  type?: number;
  table?: string;
  chain?: string;
  handle?: number;
  verdict?: number;
  jumpTarget?: string;
  policy?: number;
  iif?: number;
  iifType?: number;
  oif?: number;
  oifType?: number;
  mark?: number;
  link?: Uint8Array;
  network?: Uint8Array;
  transport?: Uint8Array;
  ctId?: number;
  ctDirection?: number;
  ctState?: number;
  ctStatus?: number;
}

/** @returns the bytes of a netlink message as the kernel's nft_trace_notify makes it */
export function traceMessage(message: TraceMessage): Uint8Array {
  const { id = 1, family = 1, type = A.TRACETYPE_RULE, table = 'filter', chain = 'input' } = message;
  const attributes = [
    attribute(A.NFTA_TRACE_ID, be32(id)),
    attribute(A.NFTA_TRACE_TYPE, be32(type)),
    attribute(A.NFTA_TRACE_TABLE, text(table)),
    attribute(A.NFTA_TRACE_CHAIN, text(chain)),
    ...optional(A.NFTA_TRACE_NFPROTO, message.nfproto, be32),
    ...optional(A.NFTA_TRACE_RULE_HANDLE, message.handle, be64),
    ...optional(A.NFTA_TRACE_VERDICT, message.verdict, (code) => verdict(code, message.jumpTarget)),
    ...optional(A.NFTA_TRACE_POLICY, message.policy, be32),
    ...optional(A.NFTA_TRACE_IIF, message.iif, be32),
    ...optional(A.NFTA_TRACE_IIFTYPE, message.iifType, be16),
    ...optional(A.NFTA_TRACE_OIF, message.oif, be32),
    ...optional(A.NFTA_TRACE_OIFTYPE, message.oifType, be16),
    ...optional(A.NFTA_TRACE_MARK, message.mark, be32),
    ...optional(A.NFTA_TRACE_LL_HEADER, message.link, (v) => Buffer.from(v)),
    ...optional(A.NFTA_TRACE_NETWORK_HEADER, message.network, (v) => Buffer.from(v)),
    ...optional(A.NFTA_TRACE_TRANSPORT_HEADER, message.transport, (v) => Buffer.from(v)),
    ...optional(A.NFTA_TRACE_CT_ID, message.ctId, be32),
    ...optional(A.NFTA_TRACE_CT_DIRECTION, message.ctDirection, (v) => Buffer.of(v)),
    ...optional(A.NFTA_TRACE_CT_STATUS, message.ctStatus, be32),
    ...optional(A.NFTA_TRACE_CT_STATE, message.ctState, be32),
  ];
  const body = Buffer.concat([Buffer.of(family, 0, 0, 0), ...attributes]);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeUInt16LE(A.NFT_TRACE_MESSAGE, 4);
  return Buffer.concat([header, body]);
}

/** @returns an NFT_MSG_NEWGEN: the ruleset has changed, this is its generation now */
export function generationMessage(generation: number): Uint8Array {
  const out = Buffer.alloc(28);
  out.writeUInt32LE(out.length, 0);
  out.writeUInt16LE(0x0a0f, 4);
  out.set(attribute(1, be32(generation)), 20);
  return out;
}

function optional<T>(type: number, value: T | undefined, encode: (value: T) => Buffer): Buffer[] {
  return value === undefined ? [] : [attribute(type, encode(value))];
}

export function attribute(type: number, value: Uint8Array): Buffer {
  const out = Buffer.alloc((4 + value.length + 3) & ~3);
  out.writeUInt16LE(4 + value.length, 0);
  out.writeUInt16LE(type, 2);
  out.set(value, 4);
  return out;
}

function verdict(code: number, chain: string | undefined): Buffer {
  const parts = [attribute(A.NFTA_VERDICT_CODE, be32(code))];
  if (chain !== undefined) parts.push(attribute(A.NFTA_VERDICT_CHAIN, text(chain)));
  return Buffer.concat(parts);
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`);

export function be16(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16BE(value);
  return out;
}

export function be32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
}

function be64(value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out;
}
