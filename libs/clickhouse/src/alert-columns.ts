import { storedTypes } from './columns.js';
import { type RulesetColumn } from './ruleset-columns.js';

const { type: time } = storedTypes.timestamp;
const { type: name } = storedTypes.name;
const { type: flag } = storedTypes.bool;

/** A transition of an alert as the stream, the database and the API have it; times are RFC 3339 in UTC with microseconds. */
export interface AlertJson {
  readonly id: string;
  readonly rule: string;
  readonly severity: string;
  /** firing or resolved */
  readonly state: string;
  readonly group: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | null;
  readonly threshold: number | null;
  readonly message: string;
  readonly description: string;
  readonly started_at: string;
  readonly at: string;
  readonly resolved_at: string | null;
  readonly window_ms: number | null;
  readonly filter: string;
  readonly packet_id: string | null;
  readonly hub: string;
  readonly silenced: boolean;
}

/** How a field's values come and go, beside text. */
export type AlertKind = 'text' | 'words' | 'number' | 'count' | 'id' | 'time' | 'timeOrNull' | 'flag';

interface AlertColumn {
  readonly name: keyof AlertJson;
  readonly kind: AlertKind;
  /** How ClickHouse keeps it. */
  readonly type: string;
  readonly codec?: string;
  readonly doc: string;
}

const long = 'CODEC(ZSTD(3))';

/** Every column of table `alerts`, once: DDL, insert, select and OpenAPI derive from it. */
export const alertColumns = [
  {
    name: 'id',
    kind: 'text',
    type: 'String',
    doc: 'The same for all that concerns one alert, from firing to resolved',
  },
  { name: 'rule', kind: 'text', type: name, doc: 'The rule that found it' },
  { name: 'severity', kind: 'text', type: name, doc: 'info, warning or critical' },
  { name: 'state', kind: 'text', type: name, doc: 'firing or resolved' },
  {
    name: 'group',
    kind: 'words',
    type: 'Map(String, String)',
    doc: "The group's values by column; empty = the rule has one group",
  },
  { name: 'labels', kind: 'words', type: 'Map(String, String)', doc: 'Labels of the rule' },
  {
    name: 'value',
    kind: 'number',
    type: 'Nullable(Float64)',
    doc: 'What was measured; null where a row was enough',
  },
  { name: 'threshold', kind: 'number', type: 'Nullable(Float64)', doc: 'What it was measured against' },
  { name: 'message', kind: 'text', type: 'String', codec: long, doc: 'What happened, for people' },
  { name: 'description', kind: 'text', type: 'String', codec: long, doc: 'What the rule is for' },
  { name: 'started_at', kind: 'time', type: time, doc: 'When it began to fire (UTC, µs)' },
  { name: 'at', kind: 'time', type: time, doc: 'When it came into this state (UTC, µs)' },
  {
    name: 'resolved_at',
    kind: 'timeOrNull',
    type: `Nullable(${time})`,
    doc: 'When it was over (UTC, µs); null while it fires',
  },
  {
    name: 'window_ms',
    kind: 'count',
    type: 'Nullable(UInt64)',
    doc: 'How long the rule looks back; null where it does not',
  },
  {
    name: 'filter',
    kind: 'text',
    type: 'String',
    codec: long,
    doc: "The rule's filter, in the query language; empty = every row",
  },
  {
    name: 'packet_id',
    kind: 'id',
    type: 'Nullable(UInt64)',
    doc: 'A packet that belongs to it; null where there is none',
  },
  { name: 'hub', kind: 'text', type: name, doc: 'The hub that found it' },
  {
    name: 'silenced',
    kind: 'flag',
    type: flag,
    doc: 'Whether a silence was in force: webhooks did not get it',
  },
] as const satisfies readonly AlertColumn[];

export const alertColumnList = alertColumns.map((column) => `\`${column.name}\``).join(', ');

/** How each kind is made of the text that comes within an insert; absent = ''. */
const inserted = {
  text: (c) => c,
  words: (c) => `JSONExtract(${c}, 'Map(String, String)')`,
  number: (c) => `toFloat64OrNull(${c})`,
  count: (c) => `toUInt64OrNull(${c})`,
  id: (c) => `toUInt64OrNull(${c})`,
  time: (c) => `parseDateTime64BestEffort(${c}, 6, 'UTC')`,
  timeOrNull: (c) => `parseDateTime64BestEffortOrNull(${c}, 6, 'UTC')`,
  flag: (c) => `${c} = 'true'`,
} satisfies Record<AlertKind, (column: string) => string>;

/** The columns of an insert. */
export const insertedColumns: readonly RulesetColumn[] = alertColumns.map((column) => ({
  ...column,
  arrow: 'String',
}));

/** What makes of the columns of an insert those of the table. */
export const insertedValues = alertColumns
  .map((column) => `${inserted[column.kind](`\`${column.name}\``)} AS \`${column.name}\``)
  .join(', ');

const rfc3339 = (column: string): string => `formatDateTime(${column}, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC')`;

/** How each kind is shown. */
const shown = {
  text: (c) => c,
  words: (c) => c,
  number: (c) => c,
  count: (c) => c,
  id: (c) => `toString(${c})`,
  time: rfc3339,
  timeOrNull: rfc3339,
  flag: (c) => c,
} satisfies Record<AlertKind, (column: string) => string>;

/** @param table under which name the alerts are in the statement */
export const shownColumns = (table: string): string =>
  alertColumns
    .map((column) => `${shown[column.kind](`${table}.\`${column.name}\``)} AS \`${column.name}\``)
    .join(', ');
