import { Flags } from '@oclif/core';

const families = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'];

const several = (summary: string, helpValue: string) =>
  Flags.string({ summary, helpValue, multiple: true, multipleNonGreedy: true });

/** Flags that say whose rulesets are meant. */
export const agentFlags = {
  'agent-id': several('The agent that saw it', '<text>'),
  netns: several("Network namespace; '' = the agent's own", '<text>'),
};

/** Flags that say which tables are meant. */
export const tableFlags = {
  table: several('Table, or family/table (inet/filter)', '<text>'),
  family: several(`Family: ${families.join(', ')}`, '<value>'),
};

export interface WhichFlags {
  readonly 'agent-id'?: readonly string[] | undefined;
  readonly netns?: readonly string[] | undefined;
  readonly table?: readonly string[] | undefined;
  readonly family?: readonly string[] | undefined;
  readonly version?: readonly string[] | undefined;
}

/** @returns the query for what these flags say; `inet/filter` names a family and a table */
export function whichQuery(flags: WhichFlags): Record<string, readonly string[]> {
  const tables: string[] = [];
  const named: string[] = [];
  for (const text of flags.table ?? []) {
    const [, not = '', family = '', table = ''] = /^(!?)([a-z0-9]+)\/(.*)$/s.exec(text) ?? [];
    const split = families.includes(family) && not === '';
    tables.push(split ? table : text);
    if (split) named.push(family);
  }
  const given: Record<string, readonly string[] | undefined> = {
    'agent-id': flags['agent-id'],
    netns: flags.netns,
    family: [...(flags.family ?? []), ...named],
    table: tables,
    version: flags.version,
  };
  const query: Record<string, readonly string[]> = {};
  for (const [name, list] of Object.entries(given)) if (list && list.length > 0) query[name] = list;
  return query;
}
