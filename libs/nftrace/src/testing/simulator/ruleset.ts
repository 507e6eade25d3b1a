import { NFPROTO_FAMILY } from '#netlink';
import { type TableFacts } from '../../rule-facts.js';

export type Family = 'inet' | 'ip' | 'ip6' | 'arp' | 'bridge' | 'netdev';

/** What a matching rule does; `nat` accepts and rewrites, `reject` is what the kernel reports as drop. */
export type Action =
  | { do: 'continue' | 'accept' | 'nat' | 'drop' | 'reject' | 'queue' | 'stolen' | 'repeat' | 'return' }
  | { do: 'jump' | 'goto'; to: string };

export interface SimRule {
  handle: number;
  /** Bit n: packets of class n match */
  match: number;
  /** `meta nftrace set …` */
  trace?: boolean;
  then: Action;
}

export interface BaseChain {
  type: 'filter' | 'nat' | 'route';
  hook: string;
  priority: number;
  policy: number;
}

export interface SimChain {
  name: string;
  base?: BaseChain;
  rules: readonly SimRule[];
}

export interface SimTable {
  family: Family;
  name: string;
  chains: readonly SimChain[];
}

export type SimRuleset = readonly SimTable[];

/** @returns what the agent's listing of the ruleset would say */
export function factsOf(ruleset: SimRuleset): TableFacts[] {
  return ruleset.map(({ family, name, chains }) => ({
    family,
    name,
    version: 'v1',
    chains: chains.map((chain) => ({ name: chain.name, ...chain.base })),
    rules: chains.flatMap(({ rules }) =>
      rules.map(({ handle, then }) => ({
        handle,
        text: `rule ${handle}`,
        comment: '',
        rejects: then.do === 'reject',
      })),
    ),
  }));
}

export const nfprotoOf = (family: Family): number =>
  Number(Object.entries(NFPROTO_FAMILY).find(([, name]) => name === family)?.[0] ?? 0);

/** nf_nat_register_fn: all nat chains of a hook are called from one place. */
export function calledAt({ type, hook, priority }: BaseChain): number {
  if (type !== 'nat') return priority;
  return hook === 'prerouting' || hook === 'output' ? -100 : 100;
}
