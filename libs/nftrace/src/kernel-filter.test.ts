import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fate, type traceTypes } from '#columns';
import { type BpfInstruction } from '#netlink';
import { runFilter } from '#testing/netlink';
import * as A from './attributes.js';
import { traceFilter } from './kernel-filter.js';
import { AssemblyBench } from './testing/bench.js';
import { first, rule } from './testing/events.js';
import { hex } from './testing/headers.js';
import { generationMessage, traceMessage, type TraceMessage } from './testing/trace-message.js';
import { packetStream } from './testing/packet-stream.js';
import { isWanted, onlyMask, onlyWords, type OnlyWord } from './wanted.js';

const passes = (program: BpfInstruction[], message: Uint8Array): boolean =>
  runFilter(program, message) === message.length;

/** The words that an event without headers passes for */
type PassesFor = 'all words' | 'accepted, policy' | 'none';

const verdicts: [string, TraceMessage, PassesFor][] = [
  ['drop', { handle: 5, verdict: A.NF_DROP }, 'all words'],
  ['drop by policy', { type: A.TRACETYPE_POLICY, policy: A.NF_DROP }, 'all words'],
  ['queue', { handle: 5, verdict: A.NF_QUEUE }, 'all words'],
  ['queue 7', { handle: 5, verdict: (7 << 16) | A.NF_QUEUE }, 'all words'],
  ['queue 1 bypass', { handle: 5, verdict: (1 << 16) | 0x8000 | A.NF_QUEUE }, 'all words'],
  ['stolen', { handle: 5, verdict: A.NF_STOLEN }, 'all words'],
  ['repeat', { handle: 5, verdict: A.NF_REPEAT }, 'all words'],
  ['accept', { handle: 5, verdict: A.NF_ACCEPT }, 'accepted, policy'],
  ['accept by policy', { type: A.TRACETYPE_POLICY, policy: A.NF_ACCEPT }, 'accepted, policy'],
  ['continue', { handle: 5, verdict: A.NFT_CONTINUE }, 'none'],
  ['end of chain', { verdict: A.NFT_CONTINUE }, 'none'],
  ['break', { handle: 5, verdict: A.NFT_BREAK }, 'none'],
  ['jump', { handle: 5, verdict: A.NFT_JUMP, jumpTarget: 'sub' }, 'none'],
  ['goto', { handle: 5, verdict: A.NFT_GOTO, jumpTarget: 'sub' }, 'none'],
  ['return', { handle: 5, verdict: A.NFT_RETURN }, 'none'],
  ['return event', { type: A.TRACETYPE_RETURN, handle: 5, verdict: A.NFT_CONTINUE }, 'none'],
  ['an unknown verdict', { handle: 5, verdict: 9 }, 'all words'],
  ['an unknown negative one', { handle: 5, verdict: -6 }, 'all words'],
  ['no verdict', { handle: 5 }, 'all words'],
  ['a policy event without one', { type: A.TRACETYPE_POLICY }, 'all words'],
  ['a rule event with a policy', { handle: 5, verdict: A.NF_DROP, policy: A.NF_ACCEPT }, 'all words'],
];

const headers: [string, TraceMessage][] = [
  ['a network header', { network: hex('45') }],
  ['a link header', { link: hex('0102') }],
  ['an input interface', { iif: 2, iifType: 1 }],
  ['an output interface', { oif: 2, oifType: 1 }],
];

describe.each(onlyWords)('the filter for [%s]', (word) => {
  const program = traceFilter([word]);
  const accepts = word === 'accepted' || word === 'policy';

  it.each(verdicts)('without headers: %s', (_name, message, passesFor) => {
    const expected = passesFor === 'all words' || (passesFor === 'accepted, policy' && accepts);
    expect(passes(program, traceMessage({ ...message, mark: 7 }))).toBe(expected);
  });

  it.each(headers)('passes every verdict with %s', (_name, header) => {
    const rejected = verdicts.filter(
      ([, message]) => !passes(program, traceMessage({ ...message, ...header })),
    );
    expect(rejected).toEqual([]);
  });
});

/** Notifications of NFNLGRP_NFTABLES: new and deleted tables, chains, rules, sets, elements, objects, flowtables */
const notifications = [0, 2, 3, 5, 6, 8, 9, 11, 12, 14, 18, 20, 22, 24].map((message) => 0x0a00 | message);

describe.each([[[]], [['dropped']], [[...onlyWords]]] as [OnlyWord[]][])('any filter, %j', (only) => {
  const program = traceFilter(only);

  it('passes new generations', () => {
    expect(passes(program, generationMessage(7))).toBe(true);
  });

  it('rejects other notifications, and what is of no use', () => {
    for (const type of [...notifications, 0x110a, 0x0f0a, 0x0011, 2]) {
      const message = Buffer.from(generationMessage(7));
      message.writeUInt16LE(type, 4);
      expect([type, runFilter(program, message)]).toEqual([type, 0]);
    }
    expect(runFilter(program, Buffer.alloc(3))).toBe(0);
  });
});

describe('the filter for no word', () => {
  const program = traceFilter([]);
  const rejected = (header: TraceMessage): string[] =>
    verdicts
      .filter(([, message]) => !passes(program, traceMessage({ ...message, ...header })))
      .map(([name]) => name);

  it('passes every trace event but the end of a chain', () => {
    expect(rejected({ mark: 7 })).toEqual(['end of chain']);
  });

  it.each(headers)('passes the end of a chain that bears %s', (_name, header) => {
    expect(rejected(header)).toEqual([]);
  });

  it('changes no row of any packet', () => {
    let left = 0;
    const property = fc.property(packetStream(), (messages) => {
      const some = passing(messages, []);
      left += messages.length - some.length;
      expect(assembled(some)).toEqual(assembled(messages));
    });
    fc.assert(property, { seed: 20261121, numRuns: 100 });
    expect(left).toBeGreaterThan(100);
  });
});

/** All rows in the order of their packets, without our own ids, which are new each time */
function assembled(messages: readonly TraceMessage[]): object[] {
  const bench = new AssemblyBench({ maxHops: 4096, maxPackets: 512 });
  bench.feed(...messages);
  return bench.rows().map(({ packet_id: _id, ...said }) => said);
}

/**
 * The decisive rows, and with each the source ports of its packet's rows, which are the generated packets that are in
 * it. Hop numbers and our own ids depend on what was received, so they are left out.
 */
function decided(messages: readonly TraceMessage[], only: readonly OnlyWord[]): object[] {
  const bench = new AssemblyBench({ maxHops: 4096, maxPackets: 512 });
  bench.feed(...messages);
  const rows = bench.rows();
  const mask = onlyMask(only);
  return rows
    .filter(
      (row) => row.decisive && isWanted(mask, row.fate as Fate, row.type as (typeof traceTypes)[number]),
    )
    .map(({ packet_id, hop: _hop, ...said }) => ({
      ...said,
      packets: [...new Set(rows.filter((r) => r.packet_id === packet_id).map((r) => r.sport))],
    }));
}

const asked: OnlyWord[][] = [...onlyWords.map((word) => [word]), ['dropped', 'queued'], ['stolen', 'policy']];
const passing = (messages: TraceMessage[], only: OnlyWord[]): TraceMessage[] =>
  messages.filter((message) => passes(traceFilter(only), traceMessage(message)));

describe('packets that are asked for', () => {
  it.each(asked.map((only) => ({ only })))(
    'come out of the assembler as without a filter: $only',
    ({ only }) => {
      let seen = 0;
      const property = fc.property(packetStream(), (messages) => {
        const expected = decided(messages, only);
        seen += expected.length;
        expect(decided(passing(messages, only), only)).toEqual(expected);
      });
      fc.assert(property, { seed: 20261121, numRuns: 100 });
      expect(seen).toBeGreaterThan(25);
    },
  );

  it('lack their hook alone where tracing starts in a chain that was jumped to', () => {
    const start = first({ chain: 'sub' });
    const way = [start, rule(7, A.NFT_CONTINUE, { chain: 'input' }), rule(5, A.NF_DROP, { chain: 'sub' })];
    const [without] = decided(way, ['dropped']);
    expect(without).toMatchObject({ fate: 'dropped', hook: 'input', ip_src: '10.0.0.1', handle: '5' });
    expect(decided(passing(way, ['dropped']), ['dropped'])).toEqual([{ ...without, hook: '' }]);
  });
});
