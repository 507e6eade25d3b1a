import fc, { type Arbitrary } from 'fast-check';
import { type SimPacket } from './packet.js';
import {
  type Action,
  type BaseChain,
  type Family,
  type SimChain,
  type SimRule,
  type SimRuleset,
  type SimTable,
} from './ruleset.js';
import { hypotheticalWays, type WayName, ways } from './ways.js';

/** NFT_JUMP_STACK_SIZE: the kernel loads no ruleset whose chains call each other deeper */
const DEEPEST = 16;
const CLASSES = 4;
const ALL = 2 ** CLASSES - 1;

const HOOKS: Readonly<Record<Family, readonly string[]>> = {
  inet: ['ingress', 'prerouting', 'input', 'forward', 'output', 'postrouting'],
  ip: ['prerouting', 'input', 'forward', 'output', 'postrouting'],
  ip6: ['prerouting', 'input', 'forward', 'output', 'postrouting'],
  arp: ['input', 'output'],
  bridge: ['prerouting', 'input', 'forward', 'output', 'postrouting'],
  netdev: ['ingress', 'egress'],
};
const NAT_HOOKS = ['prerouting', 'input', 'output', 'postrouting'];

const does = (verdict: Exclude<Action['do'], 'jump' | 'goto'>): Arbitrary<Action> =>
  fc.constant({ do: verdict });
const match = fc.oneof(fc.constant(ALL), fc.integer({ min: 0, max: ALL }));

/** A rule that changes the tracing is rare: most of a packet's way is to be seen. */
const trace = fc.option(fc.oneof({ arbitrary: fc.constant(true), weight: 3 }, fc.constant(false)), {
  nil: undefined,
  freq: 12,
});

/** @param targets names that it may jump to; the chains after it, so that there is no circle */
function rule(targets: readonly string[]): Arbitrary<Omit<SimRule, 'handle'>> {
  const call = (verb: 'jump' | 'goto'): Arbitrary<Action> =>
    fc.constantFrom(...targets).map((to) => ({ do: verb, to }));
  const then = fc.oneof(
    { arbitrary: does('continue'), weight: 6 },
    { arbitrary: does('accept'), weight: 3 },
    { arbitrary: does('return'), weight: 1 },
    ...(['drop', 'reject', 'queue', 'stolen', 'repeat'] as const).map((verdict) => ({
      arbitrary: does(verdict),
      weight: 1,
    })),
    ...(targets.length > 0
      ? [
          { arbitrary: call('jump'), weight: 8 },
          { arbitrary: call('goto'), weight: 2 },
        ]
      : []),
  );
  return fc.record({ match, trace, then }).map(({ match, trace, then }) => ({
    match,
    then,
    ...(trace !== undefined && { trace }),
  }));
}

/** One call a chain at most: else the evaluations of a table 16 deep grow with the power of 16. */
const onceCalling = (rules: Omit<SimRule, 'handle'>[]): Omit<SimRule, 'handle'>[] => {
  const first = rules.findIndex(({ then }) => 'to' in then);
  return rules.map((r, at) => ('to' in r.then && at !== first ? { ...r, then: { do: 'continue' } } : r));
};

const rulesOf = (targets: readonly string[]): Arbitrary<Omit<SimRule, 'handle'>[]> =>
  fc.array(rule(targets), { maxLength: 3 }).map(onceCalling);

function base(family: Family): Arbitrary<BaseChain> {
  const policy = fc.oneof({ arbitrary: fc.constant(1), weight: 5 }, fc.constant(0));
  const priority = fc.constantFrom(-300, -100, -1, 0, 0, 10, 100);
  const filter = fc.record({
    type: fc.constant('filter' as const),
    hook: fc.constantFrom(...HOOKS[family]),
    priority,
    policy,
  });
  if (family !== 'inet' && family !== 'ip' && family !== 'ip6') return filter;
  const nat = fc.record({
    type: fc.constant('nat' as const),
    hook: fc.constantFrom(...NAT_HOOKS),
    priority,
    policy: fc.constant(1),
  });
  const route = fc.record({
    type: fc.constant('route' as const),
    hook: fc.constant('output'),
    priority,
    policy,
  });
  return fc.oneof({ arbitrary: filter, weight: 4 }, nat, route);
}

/** `meta nftrace set 1` as the first rule, for all packets, for some, or not there */
const tracer = fc.oneof({ arbitrary: fc.constant(ALL), weight: 3 }, fc.constant(0), match);

const natted = (chain: SimChain): SimChain =>
  chain.base?.type !== 'nat'
    ? chain
    : {
        ...chain,
        rules: chain.rules.map((r) =>
          r.then.do === 'accept' || r.then.do === 'drop' ? { ...r, then: { do: 'nat' } } : r,
        ),
      };

function table(family: Family): Arbitrary<SimTable> {
  const depth = fc.oneof({ arbitrary: fc.integer({ min: 0, max: 4 }), weight: 6 }, fc.constant(DEEPEST));
  return depth.chain((regular) => {
    const names = Array.from({ length: regular }, (_, n) => `sub${n}`);
    const subs = names.map((name, n) =>
      rulesOf(names.slice(n + 1, n + 3)).map((rules): UnnumberedChain => ({ name, rules })),
    );
    const bases = fc.array(
      fc
        .record({ base: base(family), rules: rulesOf(names.slice(0, 2)), tracer })
        .map(({ base, rules, tracer }): Omit<UnnumberedChain, 'name'> => ({
          base,
          rules: [{ match: tracer, trace: true, then: { do: 'continue' } }, ...rules],
        })),
      { minLength: 1, maxLength: 7 },
    );
    return fc.record({ subs: fc.tuple(...subs), bases }).map(({ subs, bases }) => ({
      family,
      name: 'filter',
      chains: numbered([...bases.map((chain, n) => ({ ...chain, name: `base${n}` })), ...subs]).map(natted),
    }));
  });
}

interface UnnumberedChain extends Omit<SimChain, 'rules'> {
  rules: readonly Omit<SimRule, 'handle'>[];
}

/** Handles are unique within a table. */
function numbered(chains: readonly UnnumberedChain[]): SimChain[] {
  let handle = 0;
  return chains.map((chain) => ({ ...chain, rules: chain.rules.map((r) => ({ ...r, handle: ++handle })) }));
}

const families: readonly Family[] = ['inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev'];

export const anyRuleset: Arbitrary<SimRuleset> = fc
  .subarray([...families], { minLength: 2 })
  .chain((chosen) => fc.tuple(...chosen.map(table)))
  // two tables of one family at the same hooks
  .chain((tables) => table('inet').map((second): SimRuleset => [...tables, { ...second, name: 'second' }]));

const wayNames = Object.keys(ways) as WayName[];
const nextWays: Readonly<Record<SimPacket['kind'], readonly WayName[]>> = {
  ip: wayNames.filter((name) => !name.startsWith('arp')),
  ip6: wayNames.filter((name) => !name.startsWith('arp')),
  arp: ['arpIn', 'arpOut', 'bridged'],
  lldp: ['bridged'],
};

/** @param small so few values that packets of the same signature are common */
export function anyPacket({ small = false, hypothetical = false } = {}): Arbitrary<SimPacket> {
  const number = (max: number): Arbitrary<number> => fc.integer({ min: 0, max: small ? 1 : max });
  const kind = fc.oneof(
    { arbitrary: fc.constant('ip' as const), weight: 6 },
    { arbitrary: fc.constant('ip6' as const), weight: 2 },
    fc.constant('arp' as const),
    fc.constant('lldp' as const),
  );
  const loopback = hypothetical ? (Object.keys(hypotheticalWays) as WayName[]) : [];
  return kind.chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      proto: fc.constantFrom('tcp', 'udp', 'icmp'),
      ident: number(0xffff),
      len: number(1400).map((n) => 60 + n),
      seq: number(0xffff_ffff),
      way: fc.constantFrom(...nextWays[kind], ...(kind === 'arp' || kind === 'lldp' ? [] : loopback)),
      class: fc.integer({ min: 0, max: CLASSES - 1 }),
      opensConnection: fc.boolean(),
      traced: fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, fc.constant(true)),
      vanishesAfter: fc.oneof({ arbitrary: fc.constant(99), weight: 4 }, fc.integer({ min: 1, max: 4 })),
      reinjected: fc.boolean(),
    }),
  );
}
