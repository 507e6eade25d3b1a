import { storedTypes } from './columns.js';

const { type: time } = storedTypes.timestamp;
const { type: name } = storedTypes.name;

interface RulesetColumn {
  readonly name: string;
  /** How ClickHouse keeps it. */
  readonly type: string;
  readonly codec?: string;
  /** How it comes within an insert; µs for a time. */
  readonly arrow: 'Int64' | 'UInt32' | 'UInt64' | 'String';
  readonly doc: string;
}

const where = [
  { name: 'agent_id', type: name, arrow: 'String', doc: 'The agent that told it' },
  { name: 'netns', type: name, arrow: 'String', doc: "Network namespace; empty = the agent's own" },
  { name: 'family', type: name, arrow: 'String', doc: "The table's family" },
  { name: 'table', type: name, arrow: 'String', doc: 'Table' },
  { name: 'version', type: 'String', arrow: 'String', doc: "Hash of the table's text" },
] as const;

/** Every column of table `rulesets`, once: DDL and insert derive from it. */
export const textColumns = [
  ...where,
  {
    name: 'text',
    type: 'String',
    codec: 'CODEC(ZSTD(3))',
    arrow: 'String',
    doc: 'As nft prints it, with handles, without the values of counters',
  },
  {
    name: 'json',
    type: 'String',
    codec: 'CODEC(ZSTD(3))',
    arrow: 'String',
    doc: 'Its chains, rules and sets as JSON',
  },
  { name: 'rules', type: 'UInt32', arrow: 'UInt32', doc: 'How many rules it has' },
  { name: 'bytes', type: 'UInt32', arrow: 'UInt32', doc: 'Length of the text' },
  { name: 'told', type: time, arrow: 'Int64', doc: 'When the agent told the text (UTC, µs)' },
] as const satisfies readonly RulesetColumn[];

/** Every column of table `ruleset_changes`, once. */
export const changeColumns = [
  ...where,
  {
    name: 'change',
    type: name,
    arrow: 'String',
    doc: 'in_force: the version is from then on; gone: the table is; cleared: all tables of the namespace are',
  },
  { name: 'ts', type: time, arrow: 'Int64', doc: 'When (UTC, µs)' },
  { name: 'run', type: name, arrow: 'String', doc: "The agent's run, random for each start" },
  { name: 'seq', type: 'UInt64', arrow: 'UInt64', doc: "The change's number within the run, from 1" },
  { name: 'generation', type: 'UInt64', arrow: 'UInt64', doc: "The kernel's number of that ruleset" },
] as const satisfies readonly RulesetColumn[];

export type TextValues = Readonly<Record<(typeof textColumns)[number]['name'], string | number>>;
export type ChangeValues = Readonly<Record<(typeof changeColumns)[number]['name'], string | number>>;

/** @returns the columns as `input` and `file` take them */
export const structureOf = (columns: readonly RulesetColumn[]): string =>
  columns.map((column) => `\`${column.name}\` ${column.arrow}`).join(', ');

export const listOf = (columns: readonly RulesetColumn[]): string =>
  columns.map((column) => `\`${column.name}\``).join(', ');

/** @returns what makes of the columns of an insert those of the table */
export const valuesOf = (columns: readonly RulesetColumn[]): string =>
  columns
    .map((column) =>
      column.arrow === 'Int64'
        ? `fromUnixTimestamp64Micro(\`${column.name}\`, 'UTC') AS \`${column.name}\``
        : `\`${column.name}\``,
    )
    .join(', ');

export type { RulesetColumn };
