/** A ruleset as it was at one time. Plain data: it crosses threads and is hashed, stored and compared. */
export interface RulesetSnapshot {
  tables: TableSnapshot[];
}

export interface TableSnapshot {
  family: string;
  name: string;
  /** As nft prints it, with handles, without counters' values and set elements */
  text: string;
  /** The first 16 hex digits of SHA-256 over `text` */
  version: string;
  chains: ChainSnapshot[];
  rules: RuleSnapshot[];
}

export interface ChainSnapshot {
  name: string;
  /** Of a base chain alone: type (filter, nat, route), hook, priority, policy; device of netdev chains */
  type?: string;
  hook?: string;
  priority?: number;
  policy?: string;
  device?: string;
}

export interface RuleSnapshot {
  handle: number;
  chain: string;
  /** As nft prints it, on one line, without its handle */
  text: string;
  comment: string;
  /** Whether it has a reject statement, which the kernel reports as a drop */
  rejects: boolean;
}
