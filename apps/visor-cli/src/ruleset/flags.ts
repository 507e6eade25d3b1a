import { Flags } from '@oclif/core';
import { CliError } from '../errors.js';

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

/**
 * @returns the query for what these flags say; `inet/filter` names a family and a table
 * @throws CliError `usage` where it names more than the hub can be asked for at once
 */
export function whichQuery(flags: WhichFlags): Record<string, readonly string[]> {
  const { families: named, tables } = tablesOf(flags.table ?? []);
  const other = flags.family?.find((family) => family !== named[0]);
  if (named.length > 0 && other !== undefined)
    throw usage(`--table names family ${named[0]} and --family ${other}; use one of them`);
  const given: Record<string, readonly string[] | undefined> = {
    'agent-id': flags['agent-id'],
    netns: flags.netns,
    family: named.length > 0 ? named : flags.family,
    table: tables,
    version: flags.version,
  };
  const query: Record<string, readonly string[]> = {};
  for (const [name, list] of Object.entries(given)) if (list && list.length > 0) query[name] = list;
  return query;
}

/** The hub takes families and tables, and answers all pairs of them: so there is one family, of all tables, or none. */
function tablesOf(texts: readonly string[]): { families: string[]; tables: string[] } {
  const split = texts.map((text) => {
    const [, not = '', family = '', table = ''] = /^(!?)([a-z0-9]+)\/(.*)$/s.exec(text) ?? [];
    if (!families.includes(family)) return { family: '', table: text };
    if (not === '') return { family, table };
    throw usage(
      `--table: "${text}" cannot be left out with its family; use --table '!${table}', or --family`,
    );
  });
  const named = new Set(split.map(({ family }) => family));
  if (named.size > 1)
    throw usage('--table: tables of several families cannot be asked for at once; ask once for each family');
  return { families: [...named].filter((family) => family !== ''), tables: split.map(({ table }) => table) };
}

const usage = (sentence: string): CliError => new CliError('ruleset', 'usage', sentence);
