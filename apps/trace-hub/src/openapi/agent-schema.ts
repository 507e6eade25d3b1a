import { lossColumns } from '#clickhouse';
import { searchedIfEmpty } from './row-schema.js';
import { type AgentJson, type SgroupsJson, type SpoolJson } from '../agents/agent-json.js';

const count = (description: string) => ({ type: 'integer' as const, minimum: 0, description });
const text = (description: string) => ({ type: 'string' as const, description });
const time = (description: string) => ({ type: 'string' as const, format: 'date-time', description });
const counts = (description: string) => ({
  type: 'object' as const,
  description,
  additionalProperties: { type: 'integer' as const, minimum: 0 },
});
const list = (items: object, more: Record<string, object> = {}) => ({
  type: 'object' as const,
  required: ['rows', 'count'],
  properties: {
    rows: { type: 'array' as const, items },
    count: { type: 'integer' as const, description: 'How many rows these are' },
    ...more,
  },
});
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const kinds = { Int64: time, UInt64: count, String: text } as const;

/** A loss as JSON schema; its fields come from libs/clickhouse. */
export const lossSchema = {
  type: 'object' as const,
  description: 'Events that an agent lost',
  required: lossColumns.map(({ name }) => name as string),
  properties: Object.fromEntries(lossColumns.map(({ name, json, doc }) => [name, kinds[json](doc)])),
};

const orNull = (description: string) => ({
  type: ['string', 'null'] as unknown as 'string',
  description,
});

const sgroupsProperties = {
  mode: text('Where they come from: off, file, push or pull'),
  networks: count('Networks in use'),
  groups: count('Security groups in use'),
  updated_at: orNull('When the data was made, as its source says; null while there is none'),
  stale_since: orNull('Since when the source could not be read: the data in use may be old'),
  error: orNull('Why'),
} satisfies Record<keyof SgroupsJson, object>;

const sgroupsSchema = {
  type: 'object' as const,
  description: 'What an agent knows of networks and security groups',
  required: Object.keys(sgroupsProperties),
  properties: sgroupsProperties,
};

const spoolProperties = {
  mode: text(
    'Where batches wait: memory, always (each on disk first) or overflow (what finds no room in memory)',
  ),
  batches: count('Batches not known to be in ClickHouse, in memory or on disk'),
  bytes: count('Their compressed bytes'),
  unconfirmed: count('Of these batches, those that the stream has'),
  rows_spooled: count('Rows of this run that are on disk and that the stream does not have'),
  rows_stored: count('Rows of this run that the hub told the agent are in ClickHouse'),
  rows_replayed: count('Rows of earlier runs that were published from the spool'),
  oldest: orNull('When the first event of the oldest batch was seen; null while there is none'),
} satisfies Record<keyof SpoolJson, object>;

const spoolSchema = {
  type: 'object' as const,
  description: 'What an agent keeps until it is in ClickHouse',
  required: Object.keys(spoolProperties),
  properties: spoolProperties,
};

const agentProperties = {
  agent_id: text('Its name'),
  age_s: count('Seconds since its newest heartbeat; they come every 5 s'),
  ts: time('When it sent that heartbeat, by its own clock'),
  run: text('Random for each start'),
  seq: count('Number of the heartbeat within the run, from 1'),
  version: text('Version of pkt-tracer'),
  kernel: text('Release of the kernel'),
  uptime_s: count('Seconds since its start'),
  netns: {
    type: 'array' as const,
    items: { type: 'string' as const },
    description: "Network namespaces that it traces; empty = the agent's own",
  },
  events: count('Trace events received from the kernel in this run'),
  packets: count('Packets that these events were put together to'),
  merged: count('Events that share the row of the event after them'),
  rows: count('Rows handed on to be published'),
  rows_published: count('Rows that the stream has taken'),
  discards: counts('Events received that are in no row published, by cause'),
  lost: counts('Events missing that nobody asked to leave out, by cause'),
  ruleset_generation: {
    type: ['integer', 'null'] as unknown as 'integer',
    description: "The kernel's number of the newest ruleset seen",
  },
  sgroups: { anyOf: [ref('AgentSgroups'), { type: 'null' as unknown as 'object' }] },
  spool: { anyOf: [ref('AgentSpool'), { type: 'null' as unknown as 'object' }] },
  losses: {
    type: 'array' as const,
    items: ref('Loss'),
    description: 'The newest losses of this run, oldest first',
  },
} satisfies Record<keyof AgentJson, object>;

/** An agent as JSON schema. */
export const agentSchema = {
  type: 'object' as const,
  description: 'An agent, as its newest heartbeat tells',
  required: Object.keys(agentProperties),
  properties: agentProperties,
};

export const agentSchemas = {
  Agent: agentSchema,
  AgentSgroups: sgroupsSchema,
  AgentSpool: spoolSchema,
  Agents: list(ref('Agent'), {
    next: text('Where there are more: what cursor has to be for the next page'),
  }),
  Loss: lossSchema,
  Losses: list(ref('Loss'), { searched: searchedIfEmpty }),
};
