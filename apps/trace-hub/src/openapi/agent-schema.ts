import { lossColumns } from '#clickhouse';
import { searchedIfEmpty } from './row-schema.js';
import { count, list, object, orNull, page, ref, text, textOrNull, time } from './shapes.js';
import { type AgentJson, type SgroupsJson, type SpoolJson } from '../agents/agent-json.js';

const counts = (description: string) => ({
  type: 'object' as const,
  description,
  additionalProperties: { type: 'integer' as const, minimum: 0 },
});

const kinds = { Int64: time, UInt64: count, String: text } as const;

/** A loss as JSON schema; its fields come from libs/clickhouse. */
const lossSchema = object(
  'Events that an agent lost',
  Object.fromEntries(lossColumns.map(({ name, json, doc }) => [name, kinds[json](doc)])),
);

const sgroups = {
  mode: text('Where they come from: off, file, push or pull'),
  networks: count('Networks in use'),
  groups: count('Security groups in use'),
  updated_at: textOrNull('When the data was made, as its source says; null while there is none'),
  stale_since: textOrNull('Since when the source could not be read: the data in use may be old'),
  error: textOrNull('Why'),
} satisfies Record<keyof SgroupsJson, object>;

const spool = {
  mode: text(
    'Where batches wait: memory, always (each on disk first) or overflow (what finds no room in memory)',
  ),
  batches: count('Batches not known to be in ClickHouse, in memory or on disk'),
  bytes: count('Their compressed bytes'),
  unconfirmed: count('Of these batches, those that the stream has'),
  rows_spooled: count('Rows of this run that are on disk and that the stream does not have'),
  rows_stored: count('Rows of this run that the hub told the agent are in ClickHouse'),
  rows_replayed: count('Rows of earlier runs that were published from the spool'),
  oldest: textOrNull('When the first event of the oldest batch was seen; null while there is none'),
} satisfies Record<keyof SpoolJson, object>;

const agent = {
  agent_id: text('Its name'),
  age_s: count('Seconds since its newest heartbeat; they come every 5 s'),
  ts: time('When it sent that heartbeat, by its own clock'),
  run: text('Random for each start'),
  seq: count('Number of the heartbeat within the run, from 1'),
  version: text('Version of pkt-tracer'),
  kernel: text('Release of the kernel'),
  uptime_s: count('Seconds since its start'),
  netns: list({ type: 'string' }, "Network namespaces that it traces; empty = the agent's own"),
  events: count('Trace events received from the kernel in this run'),
  packets: count('Packets that these events were put together to'),
  merged: count('Events that share the row of the event after them'),
  rows: count('Rows handed on to be published'),
  rows_published: count('Rows that the stream has taken'),
  discards: counts('Events received that are in no row published, by cause'),
  lost: counts('Events missing that nobody asked to leave out, by cause'),
  ruleset_generation: orNull('integer', "The kernel's number of the newest ruleset seen"),
  sgroups: { anyOf: [ref('AgentSgroups'), { type: 'null' as unknown as 'object' }] },
  spool: { anyOf: [ref('AgentSpool'), { type: 'null' as unknown as 'object' }] },
  losses: list(ref('Loss'), 'The newest losses of this run, oldest first'),
} satisfies Record<keyof AgentJson, object>;

export const agentSchemas = {
  Agent: object('An agent, as its newest heartbeat tells', agent),
  AgentSgroups: object('What an agent knows of networks and security groups', sgroups),
  AgentSpool: object('What an agent keeps until it is in ClickHouse', spool),
  Agents: page(ref('Agent'), {
    next: text('Where there are more: what cursor has to be for the next page'),
  }),
  Loss: lossSchema,
  Losses: page(ref('Loss'), { searched: searchedIfEmpty }),
};
