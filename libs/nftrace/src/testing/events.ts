import * as A from '../attributes.js';
import { ipv4, tcp } from './headers.js';
import { type TraceMessage } from './trace-message.js';

const way = { src: '10.0.0.1', dst: '10.0.0.2' };

/** A packet's first event in a base chain, headers and all */
export function first(
  options: { ident?: number; dport?: number; chain?: string; id?: number } = {},
): TraceMessage {
  const { ident = 1, dport = 80, chain = 'input', id = 1 } = options;
  return {
    id,
    chain,
    nfproto: 2,
    iif: 2,
    iifType: 1,
    network: ipv4({ ...way, proto: 6, ident }),
    transport: tcp({ sport: 40000, dport, seq: ident }),
    handle: 4,
    verdict: A.NFT_CONTINUE,
  };
}
/** A rule that matched */
export const rule = (handle: number, verdict: number, more: TraceMessage = {}): TraceMessage => ({
  handle,
  verdict,
  ...more,
});
/** A base chain's policy */
export const policy = (code: number, more: TraceMessage = {}): TraceMessage => ({
  type: A.TRACETYPE_POLICY,
  policy: code,
  ...more,
});
/** The end of a chain that decided nothing */
export const chainEnd = (more: TraceMessage = {}): TraceMessage => ({ verdict: A.NFT_CONTINUE, ...more });
