import { storedTypes } from './columns.js';

const { type: time } = storedTypes.timestamp;
const { type: name } = storedTypes.name;

/** A loss as the database and the API have it; times are RFC 3339 in UTC with microseconds. */
export interface LossJson {
  readonly ts: string;
  readonly until: string;
  readonly agent_id: string;
  readonly netns: string;
  readonly run: string;
  readonly seq: number;
  readonly cause: string;
  readonly events: number;
}

interface LossColumn {
  readonly name: keyof LossJson;
  /** How ClickHouse keeps it. */
  readonly type: string;
  /** How it comes within the JSON of an insert; µs for a time. */
  readonly json: 'Int64' | 'UInt64' | 'String';
  readonly doc: string;
}

/** Every column of table `losses`, once: DDL, insert, select and OpenAPI derive from it. */
export const lossColumns = [
  { name: 'ts', type: time, json: 'Int64', doc: 'Nothing before is missing (UTC, µs)' },
  { name: 'until', type: time, json: 'Int64', doc: 'Nothing after is missing (UTC, µs)' },
  { name: 'agent_id', type: name, json: 'String', doc: 'The agent that lost them' },
  {
    name: 'netns',
    type: name,
    json: 'String',
    doc: "Network namespace; empty = the agent's own, * = several",
  },
  { name: 'run', type: name, json: 'String', doc: "The agent's run, random for each start" },
  { name: 'seq', type: 'UInt64', json: 'UInt64', doc: "The loss's number within the run, from 1" },
  {
    name: 'cause',
    type: name,
    json: 'String',
    doc: 'Why: overrun, backlog, malformed, queue_full, too_large, shutdown',
  },
  { name: 'events', type: 'UInt64', json: 'UInt64', doc: 'How many events are missing' },
] as const satisfies readonly LossColumn[];

export const lossColumnList = lossColumns.map(({ name }) => `\`${name}\``).join(', ');
