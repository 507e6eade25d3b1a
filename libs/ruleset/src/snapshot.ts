import { type PackedRules } from './pack.js';

/** A ruleset as it was at one time. Plain data: it crosses threads and is hashed, stored and compared. */
export interface RulesetSnapshot {
  /** The kernel's number of this version of the ruleset */
  generation: number;
  tables: TableSnapshot[];
}

/** A ruleset and when it was in force. */
export interface RulesetVersion extends RulesetSnapshot {
  /** The first generation that it is known to have been in force at; `generation` is the last one, so far */
  since: number;
  /** When the kernel told of it, µs since 1970 */
  at_us: number;
}

export interface TableSnapshot {
  family: string;
  /** See decodeName: odd bytes are written as `\xff` */
  name: string;
  /** The kernel's: a table that is deleted and made again has another */
  handle: number;
  /** As nft prints it, with handles, without counters' values and set elements; rules that nft has not printed stand there as `unknown rule` */
  text: string;
  /** The first 16 hex digits of SHA-256 over the text; where part of it is missing, over the handles as well */
  version: string;
  chains: ChainSnapshot[];
  /** Sets, maps, flowtables and objects that have a name */
  sets: SetSnapshot[];
  rules: PackedRules;
}

export interface ChainSnapshot {
  name: string;
  /** Of a base chain alone: type (filter, nat, route), hook, priority, policy; device of netdev chains */
  type?: string;
  hook?: string;
  priority?: number;
  policy?: string;
  device?: string;
  comment?: string;
}

export interface SetSnapshot {
  name: string;
  /** As nft calls it: set, map, flowtable, counter, quota, limit, ct helper, … */
  kind: string;
  /** Of a set's key, and of a map's value behind ` : `, as nft writes them; absent where they are not known */
  type?: string;
  /** Of a set: constant, interval, timeout, dynamic */
  flags?: string[];
  /** Elements of a set, when they were counted last; absent where they were not */
  count?: number;
  /** Up to `ruleset.max_set_elements` of them; absent where there are more */
  elements?: string[];
}
