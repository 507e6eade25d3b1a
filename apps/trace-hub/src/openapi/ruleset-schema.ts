import { type RulesetChain, type RulesetContent, type RulesetRule, type RulesetSet } from '#bus';
import { type RulesetJson, type RulesetTextJson } from '#clickhouse';
import { searchedIfEmpty } from './row-schema.js';
import { type RulesetDiff } from '../rulesets/rulesets.service.js';
import { count, list, object, orNull, ref, type Schemas, text, time, timeOrNull } from './shapes.js';

const ruleset = {
  version: text("Hash of the table's text: a row's table_version"),
  agent_id: text('The agent that saw it'),
  netns: text("Network namespace; empty = the agent's own"),
  family: text("The table's family"),
  table: text('Table'),
  first_seen: time('When it came into force, the first time that is known'),
  last_seen: timeOrNull('When it was in force no more; null while it is, as far as its agent has told'),
  generation: count("The kernel's number of the ruleset that last brought it"),
  rules: orNull('integer', 'How many rules it has; null where its text has not come'),
  bytes: orNull('integer', 'Length of its text; null where that has not come'),
  since: time('With at: from when on it was in force then'),
  until: timeOrNull('With at: until when; null: it still is'),
  text: orNull('string', 'With at: its text; null where that has not come'),
} satisfies Record<keyof RulesetJson, Schemas[string]>;

const chain = {
  name: text('Its name'),
  type: text('Of a base chain alone, up to device: filter, nat or route'),
  hook: text('Hook'),
  priority: { type: 'integer' as const, description: 'Priority' },
  policy: text('What becomes of a packet that no rule decides'),
  device: text('Of family netdev: its devices, joined by commas'),
  comment: text('Its comment'),
} satisfies Record<keyof RulesetChain, Schemas[string]>;

const rule = {
  chain: text('Its chain'),
  handle: count('Its handle: a row’s handle'),
  line: count('Where it is in the text, from 1; 0 = nft did not print it'),
  comment: text('Its comment'),
} satisfies Record<keyof RulesetRule, Schemas[string]>;

const set = {
  name: text('Its name'),
  kind: text('set, map, counter, flowtable …'),
  type: text('Type of its elements'),
  flags: list({ type: 'string' as const }, 'Its flags'),
  count: count('How many elements it has'),
  elements: list({ type: 'string' as const }, 'Its elements, where they are few'),
} satisfies Record<keyof RulesetSet, Schemas[string]>;

const version = {
  version: ruleset.version,
  family: ruleset.family,
  table: ruleset.table,
  text: text("As nft prints it, with handles, without counters' values and elements of sets"),
  chains: list(object('A chain', chain, Object.keys(chain).slice(1)), 'Its chains'),
  rules: list(object('A rule', rule, ['comment']), 'Its rules, in the order of their lines'),
  sets: list(
    object('A set, map, object or flowtable', set, ['type', 'flags', 'count', 'elements']),
    'Its sets',
  ),
  seen: list(ref('Ruleset'), 'Where and when it was in force'),
} satisfies Record<Exclude<keyof (RulesetTextJson & RulesetContent), 'json'> | 'seen', Schemas[string]>;

const diff = {
  from: text('The version before'),
  to: text('The version after'),
  added: count('Lines that are new'),
  removed: count('Lines that are gone'),
  diff: text('Unified diff; empty where nothing differs'),
} satisfies Record<keyof RulesetDiff, Schemas[string]>;

export const rulesetSchemas = {
  Ruleset: object('A version of a table, on one agent', ruleset, ['since', 'until', 'text']),
  Rulesets: object(
    'Versions',
    {
      rows: list(ref('Ruleset'), 'The versions'),
      count: count('How many rows these are'),
      searched: searchedIfEmpty,
    },
    ['searched'],
  ),
  RulesetVersion: object('A version of a table', version),
  RulesetDiff: object('How two versions differ', diff),
};
