/** What the ruleset says about a table; plain data, so that it can cross threads. */
export interface TableFacts {
  family: string;
  name: string;
  /** The table's own: while it stays the same, no handle of a rule means another rule. 0 or absent = not known */
  handle?: number;
  /** Hash of the table's text */
  version: string;
  chains: readonly { name: string; type?: string; hook?: string; priority?: number }[];
  rules: readonly RuleFacts[] | PackedRules;
}

/** A table that is as it was in the listing before. */
export type UnchangedTable = Pick<TableFacts, 'family' | 'name' | 'version'>;

export interface RuleFacts {
  handle: number;
  /** '' when it is not known */
  text: string;
  comment: string;
  rejects: boolean;
}

/** Rules by handle in memory that threads may share; libs/ruleset makes them so (pack.ts). */
export interface PackedRules {
  /** Ascending */
  handles: Float64Array;
  /** Two numbers a rule: where its text ends in `bytes`, and where its comment ends, which follows the text */
  ends: Uint32Array;
  /** 1 = the rule has a reject statement */
  rejects: Uint8Array;
  bytes: Uint8Array;
}

/** @returns the packed form of rules that are not packed yet */
export function packed(rules: TableFacts['rules']): PackedRules {
  if (!Array.isArray(rules)) return rules as PackedRules;
  const sorted = (rules as readonly RuleFacts[]).toSorted((a, b) => a.handle - b.handle);
  const parts = sorted.flatMap((rule) => [Buffer.from(rule.text), Buffer.from(rule.comment)]);
  let end = 0;
  return {
    handles: Float64Array.from(sorted, (rule) => rule.handle),
    ends: Uint32Array.from(parts, (part) => (end += part.length)),
    rejects: Uint8Array.from(sorted, (rule) => (rule.rejects ? 1 : 0)),
    bytes: Buffer.concat(parts),
  };
}
