import { readFileSync } from 'node:fs';

/** The socket that receives a namespace's trace events, as the kernel sees it. */
export interface TraceSocket {
  /** Messages thrown away because its buffer was full, since it was opened */
  readonly drops: number;
  /** Bytes of its buffer that unread messages take */
  readonly queued: number;
}

/** NETLINK_NETFILTER, and NFNLGRP_NFTRACE (group 9) in the Groups column */
const NETFILTER = 12;
const TRACE_GROUP = 1 << 8;

/** @param table the text of /proc/net/netlink @returns the socket in the trace group; undefined = there is none */
export function findTraceSocket(table: string): TraceSocket | undefined {
  const [head = '', ...lines] = table.trimEnd().split('\n');
  const names = head.trim().split(/\s+/);
  for (const line of lines) {
    const fields = line.trim().split(/\s+/);
    const field = (name: string): string => fields[names.indexOf(name)] ?? '';
    if (Number(field('Eth')) !== NETFILTER || (parseInt(field('Groups'), 16) & TRACE_GROUP) === 0) continue;
    return { drops: Number(field('Drops')), queued: Number(field('Rmem')) };
  }
  return undefined;
}

/** @param pid a process in the namespace */
export function traceSocket(pid: number): TraceSocket | undefined {
  return findTraceSocket(readFileSync(`/proc/${pid}/net/netlink`, 'latin1'));
}
