import fc from 'fast-check';
import * as A from '../attributes.js';
import { ipv4, udp } from './headers.js';
import { type TraceMessage } from './trace-message.js';

const WAYS = [
  ['raw', 'prerouting', 'input'],
  ['raw', 'prerouting', 'forward', 'postrouting'],
  ['output', 'postrouting'],
  ['input'],
] as const;

const tag: TraceMessage = { handle: 4, verdict: A.NFT_CONTINUE };
const accept: TraceMessage = { handle: 7, verdict: A.NF_ACCEPT };

/** Events that decide nothing */
const passing: TraceMessage[] = [
  tag,
  { verdict: A.NFT_CONTINUE },
  { handle: 8, verdict: A.NFT_JUMP, jumpTarget: 'sub' },
  { chain: 'sub', handle: 9, verdict: A.NFT_RETURN },
  { chain: 'sub', type: A.TRACETYPE_RETURN, handle: 9, verdict: A.NFT_CONTINUE },
  { handle: 8, verdict: A.NFT_GOTO, jumpTarget: 'sub' },
];

/** Events that end a base chain: four that leave the packet on its way, and those that end it */
const ends: { message: TraceMessage; last: boolean }[] = [
  { message: accept, last: false },
  { message: { chain: 'sub', handle: 7, verdict: A.NF_ACCEPT }, last: false },
  { message: { type: A.TRACETYPE_POLICY, policy: A.NF_ACCEPT }, last: false },
  { message: { handle: 3, verdict: A.NF_REPEAT }, last: false },
  { message: { type: A.TRACETYPE_POLICY, policy: A.NF_DROP }, last: true },
  { message: { handle: 5, verdict: A.NF_DROP }, last: true },
  { message: { chain: 'sub', handle: 6, verdict: A.NF_DROP }, last: true },
  { message: { handle: 2, verdict: (3 << 16) | A.NF_QUEUE }, last: true },
  { message: { handle: 2, verdict: A.NF_STOLEN }, last: true },
];

interface Evaluation {
  passing: TraceMessage[];
  end: (typeof ends)[number];
}

const evaluation = fc.record<Evaluation>({
  passing: fc.array(fc.constantFrom(...passing), { maxLength: 4 }),
  end: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ends.slice(0, 3)) }, fc.constantFrom(...ends)),
});

/** A packet's way through base chains, without its id and its headers */
const packet = fc.record({
  way: fc.constantFrom(...WAYS),
  evaluations: fc.array(evaluation, { minLength: 4, maxLength: 4 }),
  // mostly nothing to tell a packet from the next by, as in IPv6
  ident: fc.constantFrom(0, 0, 1),
});

/**
 * Events of packets as the kernel reports them: the first of each base chain's evaluation bears the headers, a few ids
 * are used again and again, and the events of packets with different ids come interleaved.
 */
export function packetStream(): fc.Arbitrary<TraceMessage[]> {
  const lanes = fc.array(fc.array(packet, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 });
  return fc.tuple(lanes, fc.infiniteStream(fc.nat())).map(([packets, choices]) => {
    const queues = packets.map((lane, id) => lane.flatMap((p, i) => events(p, id + 1, 1000 * id + i)));
    const out: TraceMessage[] = [];
    for (let open = queues; open.length > 0; open = open.filter((queue) => queue.length > 0)) {
      const choice = choices.next().value as number;
      out.push(open[choice % open.length]?.shift() as TraceMessage);
    }
    return out;
  });
}

type Packet = typeof packet extends fc.Arbitrary<infer P> ? P : never;

function events({ way, evaluations, ident }: Packet, id: number, sport: number): TraceMessage[] {
  const network = ipv4({ src: '10.0.0.1', dst: '10.0.0.2', proto: 17, ident });
  const headers = { nfproto: 2, iif: 2, iifType: 1, network, transport: udp({ sport, dport: 53 }) };
  const out: TraceMessage[] = [];
  const evaluate = (chain: string, messages: readonly TraceMessage[]): void => {
    // the first event is one of the base chain's own: of an earlier one in a chain it jumps to the hook is not known
    const [start, ...rest] = messages[0]?.chain === undefined ? messages : [tag, ...messages];
    out.push({ chain, ...start, ...headers, id }, ...rest.map((message) => ({ chain, ...message, id })));
  };
  for (const [i, chain] of way.entries()) {
    const { passing: middle, end } = evaluations[i] as Evaluation;
    evaluate(chain, [...middle, end.message]);
    if (end.last) break;
    if (end.message.verdict === A.NF_REPEAT) evaluate(chain, [accept]);
  }
  return out;
}
