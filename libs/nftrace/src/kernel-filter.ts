import {
  assemble,
  bpf,
  BPF_PASS,
  BPF_REJECT,
  type BpfInstruction,
  type BpfLine,
  NFGENMSG_LEN,
  NLMSG_HDRLEN,
} from '#netlink';
import * as A from './attributes.js';
import { type OnlyWord } from './wanted.js';

const NLMSG_TYPE_AT = 4;
const ATTRIBUTES_AT = NLMSG_HDRLEN + NFGENMSG_LEN;
const NLA_HDRLEN = 4;
/** The low byte of a verdict is the verdict, above it stands the queue's number. */
const NF_VERDICT_MASK = 0xff;

/** What an event bears that starts a base chain's evaluation; see TraceEvent.startsChain. */
const CHAIN_START = [
  A.NFTA_TRACE_NETWORK_HEADER,
  A.NFTA_TRACE_LL_HEADER,
  A.NFTA_TRACE_IIF,
  A.NFTA_TRACE_OIF,
] as const;

/**
 * The program for the trace socket. It passes new generations and the trace events that say something, and none of the
 * other notifications that NFNLGRP_NFTABLES brings, so that the socket's Drops count nothing else.
 * @param only which packets are asked for; with a word, of the events only those pass that tell which packet it is,
 * where it ends and what its fate is. What a packet then turns out to be is for the assembler to judge.
 */
export function traceFilter(only: readonly OnlyWord[]): BpfInstruction[] {
  return assemble([
    bpf.ldh(NLMSG_TYPE_AT),
    bpf.jeq(swap16(A.NFT_NEWGEN_MESSAGE), 'pass'),
    bpf.jeq(swap16(A.NFT_TRACE_MESSAGE), undefined, 'reject'),
    ...(only.length > 0 ? neededEvents(only) : tellingEvents()),
    bpf.label('pass'),
    bpf.ret(BPF_PASS),
    bpf.label('reject'),
    bpf.ret(BPF_REJECT),
  ]);
}

/**
 * Rejects the ends of chains: rule events without a handle, of verdict `continue`, that bear no headers. The event that
 * follows says all that they say (docs/adr/0011-end-of-chain-events.md).
 */
function tellingEvents(): BpfLine[] {
  return [
    ...bpf.nlattr(A.NFTA_TRACE_RULE_HANDLE, ATTRIBUTES_AT),
    bpf.jeq(0, undefined, 'pass'),
    ...value(bpf.nlattr(A.NFTA_TRACE_TYPE, ATTRIBUTES_AT), 'pass'),
    bpf.jeq(A.TRACETYPE_RULE, undefined, 'pass'),
    ...bpf.nlattr(A.NFTA_TRACE_VERDICT, ATTRIBUTES_AT),
    bpf.jeq(0, 'pass'),
    ...value(bpf.nlattrNest(A.NFTA_VERDICT_CODE), 'pass'),
    bpf.jeq(A.NFT_CONTINUE >>> 0, undefined, 'pass'),
    ...startsPass(),
    bpf.ret(BPF_REJECT),
  ];
}

/**
 * Rejects what is not needed, and that alone: an event of a form that we do not know passes.
 * - The start of a base chain's evaluation has the addresses, and tells one packet from the next of the same id.
 * - drop, queue and stolen end a packet. They pass whatever is asked for: a packet that is not known to have ended would
 *   take in the next one that the kernel gives its id to, and that one's fate.
 * - repeat says that the chain which comes next is the same packet's, although it has come before.
 * - accept is not final. The last one makes a packet accepted or decided by a policy; for any other fate none is needed.
 * - continue, break, jump, goto and return decide nothing.
 */
function neededEvents(only: readonly OnlyWord[]): BpfLine[] {
  const accept = only.includes('accepted') || only.includes('policy') ? 'pass' : 'reject';
  return [
    ...startsPass(),
    ...value(bpf.nlattr(A.NFTA_TRACE_TYPE, ATTRIBUTES_AT), 'pass'),
    bpf.jeq(A.TRACETYPE_POLICY, undefined, 'verdict'),
    ...value(bpf.nlattr(A.NFTA_TRACE_POLICY, ATTRIBUTES_AT), 'verdict'),
    bpf.jeq(A.NF_ACCEPT, accept, 'pass'),
    bpf.label('verdict'),
    ...bpf.nlattr(A.NFTA_TRACE_VERDICT, ATTRIBUTES_AT),
    bpf.jeq(0, 'pass'),
    ...value(bpf.nlattrNest(A.NFTA_VERDICT_CODE), 'pass'),
    // the negative ones, from return up to continue
    bpf.jge(A.NFT_RETURN >>> 0, 'reject'),
    bpf.and(NF_VERDICT_MASK),
    bpf.jeq(A.NF_ACCEPT, accept, 'pass'),
  ];
}

function startsPass(): BpfLine[] {
  return CHAIN_START.flatMap((type) => [...bpf.nlattr(type, ATTRIBUTES_AT), bpf.jeq(0, undefined, 'pass')]);
}

/** A = the u32 of the attribute that `find` finds; on to `absent` where there is none */
function value(find: readonly BpfLine[], absent: string): BpfLine[] {
  return [...find, bpf.jeq(0, absent), bpf.tax(), bpf.ldx_ind(NLA_HDRLEN)];
}

/** BPF loads are big-endian, the header's fields are in host order: on every CPU that Node runs on, little-endian. */
function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}
