import { describe, expect, test } from 'vitest';
import * as A from './attributes.js';
import { type TableFacts } from './rule-facts.js';
import { AssemblyBench } from './testing/bench.js';
import { chainEnd, first, policy, rule } from './testing/events.js';
import { hex, ipv4, tcp } from './testing/headers.js';
import { type TraceMessage } from './testing/trace-message.js';

const hooks = (family: string, ...names: string[]): TableFacts => ({
  family,
  name: 'filter',
  version: 'v1',
  chains: names.map((hook) => ({ name: hook, type: 'filter', hook, priority: 0 })),
  rules: [],
});
const netdev = hooks('netdev', 'ingress', 'egress');
const tables: TableFacts[] = [
  hooks('inet', 'prerouting', 'input', 'forward', 'output', 'postrouting'),
  hooks('bridge', 'prerouting', 'input', 'forward', 'output', 'postrouting'),
  hooks('arp', 'input', 'output'),
  {
    ...netdev,
    chains: [...netdev.chains, { name: 'late', type: 'filter', hook: 'ingress', priority: 10 }],
  },
];

const inet = {};
const ofBridge = { family: 7, nfproto: 7, link: hex('020000000002 020000000001 0800') };
const ofNetdev = { family: 5, nfproto: 5 };
const accepts = (chain: string, more: TraceMessage = inet): TraceMessage[] => [
  { ...first({ chain }), ...more },
  { ...policy(1, { chain }), ...(more.family !== undefined && { family: more.family }) },
];
const egress = (oif: number, more: TraceMessage = {}): TraceMessage[] =>
  accepts('egress', { ...ofNetdev, iif: 0, oif, oifType: 1, ...more });
const ingress = accepts('ingress', { ...ofNetdev, link: hex('020000000002 020000000001 0800') });

/** What NAT and a router leave of a packet */
const rewritten: TraceMessage = {
  network: ipv4({ src: '192.0.2.1', dst: '192.0.2.9', proto: 6, ident: 1, ttl: 63 }),
  transport: tcp({ sport: 61_000, dport: 8080, seq: 1 }),
};
const arp = hex('0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002');
const ofArp: TraceMessage = { network: arp, transport: new Uint8Array(), iif: 0, oif: 2, oifType: 1 };

const deep = Array.from({ length: 16 }, (_, n) => `sub${n}`);
const jumps = (verdict: number): TraceMessage[] =>
  ['input', ...deep.slice(0, -1)].map((chain, n) =>
    rule(4 + n, verdict, { chain, jumpTarget: deep[n] ?? '' }),
  );

/** Each packet as `fate: the hook and verdict of its rows`; a base chain's own name is its hook. */
const cases: [name: string, messages: TraceMessage[], packets: string[]][] = [
  [
    'jumps 16 deep, and returns from all of them',
    [
      first(),
      ...jumps(A.NFT_JUMP),
      rule(30, A.NFT_CONTINUE, { chain: 'sub15' }),
      ...[...deep].reverse().map((chain) => chainEnd({ chain })),
      chainEnd(),
      policy(1),
    ],
    [`accepted: input continue, ${'input jump, '.repeat(16)}input continue, input accept`],
  ],
  [
    'gotos 16 deep: from there the policy is next',
    [first(), ...jumps(A.NFT_GOTO), chainEnd({ chain: 'sub15' }), policy(0)],
    [`dropped: input continue, ${'input goto, '.repeat(16)}input drop`],
  ],
  [
    'queued, and given back: for the rest of its way another packet',
    [...accepts('prerouting'), first(), rule(5, 0x0007_0003), ...accepts('postrouting')],
    [
      'queued: prerouting continue, prerouting accept, input continue, input queue',
      'accepted: postrouting continue, postrouting accept',
    ],
  ],
  [
    'stolen by the first rule of a later hook, of which no headers are told (synproxy)',
    [...accepts('prerouting'), rule(5, A.NF_STOLEN)],
    ['stolen: prerouting continue, prerouting accept, input stolen'],
  ],
  [
    'sent out by `fwd to`, which is reported after the hooks on that way',
    [
      ...ingress,
      ...egress(5),
      ...accepts('output', { ...ofBridge, iif: 0, oif: 4 }),
      ...egress(4),
      rule(5, A.NF_STOLEN, { ...ofNetdev, chain: 'late' }),
    ],
    [
      'stolen: ingress continue, ingress accept, egress continue, egress accept, ' +
        'output continue, output accept, egress continue, egress accept, ingress stolen',
    ],
  ],
  [
    'repeat: the same chain once more, then the next',
    [first(), rule(5, A.NF_REPEAT), ...accepts('input'), ...accepts('output')],
    ['accepted: input continue, input repeat, input continue, input accept, output continue, output accept'],
  ],
  [
    'repeat, and an id that is used again at an earlier hook',
    [
      ...accepts('input'),
      first({ chain: 'output' }),
      rule(5, A.NF_REPEAT, { chain: 'output' }),
      ...accepts('input'),
    ],
    [
      'unknown: input continue, input accept, output continue, output repeat',
      'accepted: input continue, input accept',
    ],
  ],
  [
    'netdev ingress, then prerouting and input',
    [...ingress, ...accepts('prerouting'), ...accepts('input')],
    [
      'accepted: ingress continue, ingress accept, prerouting continue, prerouting accept, input continue, input accept',
    ],
  ],
  [
    'through a bridge',
    [
      ...ingress,
      ...accepts('prerouting', ofBridge),
      ...accepts('forward', { ...ofBridge, oif: 7 }),
      ...accepts('postrouting', { ...ofBridge, iif: 0, oif: 7 }),
      ...egress(7),
    ],
    [
      'accepted: ingress continue, ingress accept, prerouting continue, prerouting accept, forward continue, ' +
        'forward accept, postrouting continue, postrouting accept, egress continue, egress accept',
    ],
  ],
  [
    'a bridge’s input, and an id that is used again for what it forwards',
    [...accepts('input', ofBridge), ...accepts('forward', ofBridge)],
    ['accepted: input continue, input accept', 'accepted: forward continue, forward accept'],
  ],
  [
    'out by a bridge and its port, each with the egress hook',
    [
      ...accepts('output'),
      ...accepts('postrouting'),
      ...egress(5),
      ...accepts('output', { ...ofBridge, iif: 0, oif: 4 }),
      ...egress(4),
    ],
    [
      'accepted: output continue, output accept, postrouting continue, postrouting accept, egress continue, ' +
        'egress accept, output continue, output accept, egress continue, egress accept',
    ],
  ],
  [
    'the egress hook of one device twice: two packets',
    [...egress(5), ...egress(5)],
    ['accepted: egress continue, egress accept', 'accepted: egress continue, egress accept'],
  ],
  [
    'ARP, whose link header egress does not tell',
    [...accepts('output', { family: 3, nfproto: 3, ...ofArp }), ...egress(2, ofArp)],
    ['accepted: output continue, output accept, egress continue, egress accept'],
  ],
  [
    'loopback under one id: sent, then received',
    [...accepts('output'), ...accepts('postrouting'), ...accepts('prerouting'), ...accepts('input')],
    [
      'accepted: output continue, output accept, postrouting continue, postrouting accept',
      'accepted: prerouting continue, prerouting accept, input continue, input accept',
    ],
  ],
  [
    'forwarded, with its addresses, ports and TTL rewritten',
    [
      ...ingress,
      ...accepts('prerouting'),
      ...accepts('forward', rewritten),
      ...accepts('postrouting', rewritten),
      ...egress(3, rewritten),
    ],
    [
      'accepted: ingress continue, ingress accept, prerouting continue, prerouting accept, forward continue, ' +
        'forward accept, postrouting continue, postrouting accept, egress continue, egress accept',
    ],
  ],
  [
    'received, and an id that is used again for what is forwarded',
    [...accepts('prerouting'), ...accepts('input'), ...accepts('forward')],
    [
      'accepted: prerouting continue, prerouting accept, input continue, input accept',
      'accepted: forward continue, forward accept',
    ],
  ],
  [
    'an event of another table than the chain’s that is open: not of this packet',
    [first(), policy(0, { table: 'other' })],
    ['unknown: input continue', 'dropped:  drop'],
  ],
];

describe('a packet’s way', () => {
  test.each(cases)('%s', (_name, messages, packets) => {
    const bench = new AssemblyBench({}, tables);
    bench.feed(...messages);
    const rows = bench.rows();
    const seen = [...new Set(rows.map((r) => r.packet_id))].map((id) => {
      const own = rows.filter((r) => r.packet_id === id);
      expect(own.map((r) => r.hop)).toEqual(own.map((_, n) => n));
      expect(own.map((r) => r.decisive)).toEqual(own.map((_, n) => n === own.length - 1));
      return `${own[0]?.fate}: ${own.map((r) => `${r.hook} ${r.verdict}`).join(', ')}`;
    });
    expect(seen).toEqual(packets);
  });
});
