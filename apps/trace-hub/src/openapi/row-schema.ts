import { type Ahead } from '../read/ahead.js';
import { type Searched } from '../read/envelope.js';
import { type AgentFound } from '#clickhouse';
import { columns, columnSchema, type JsonRow, type ValueSchema } from '#columns';
import { ref, text, time, timeOrNull } from './shapes.js';

/** One row as JSON schema: every column is there, empty values too. */
export const rowSchema = {
  type: 'object' as const,
  required: columns.map((c) => c.name),
  properties: Object.fromEntries(columns.map((c) => [c.name, columnSchema(c)])) as Record<
    keyof JsonRow,
    ValueSchema
  >,
};

export const rowsSchema = {
  type: 'object' as const,
  required: ['rows', 'count', 'searched'],
  properties: {
    rows: { type: 'array' as const, items: ref('Row') },
    count: { type: 'integer' as const, description: 'How many rows these are' },
    next: text('Where there are more: what cursor has to be for the next page'),
    searched: ref('Searched'),
  },
};

const agentRows = {
  agent_id: text('The agent'),
  packets: { type: 'integer' as const, description: 'How many packets it has there' },
  first: time('Time of the first; of packets that are counted by minute their minute'),
  last: time('Time of the last, likewise'),
} satisfies Record<keyof AgentFound, object>;

const aheadRows = {
  rows: { type: 'integer' as const, description: 'How many' },
  agents: { type: 'array' as const, items: { type: 'string' as const }, description: 'Whose they are' },
} satisfies Record<keyof Ahead, object>;

/** How rows were looked for; `agents` explains an answer without rows. */
export const searchedSchema = {
  type: 'object' as const,
  description: 'How the rows were looked for',
  required: ['since', 'until', 'rows_read', 'elapsed_ms'],
  properties: {
    since: timeOrNull('The time from which on was searched; null: from the first row'),
    until: timeOrNull('The time before which was searched; null: up to the last row'),
    rows_read: {
      type: 'integer' as const,
      description: 'How many rows were read; indexes spare some, down to none',
    },
    elapsed_ms: { type: 'integer' as const, description: 'How long that took' },
    agents: {
      type: 'array' as const,
      description:
        'Where no rows match: the agents that have packets in that time, those with most first; not there where that takes too long to find',
      items: { type: 'object' as const, required: Object.keys(agentRows), properties: agentRows },
    },
    ahead: {
      type: 'object' as const,
      description:
        "Rows of this answer that are later than the hub's clock: a clock is wrong; until=now leaves them out. Not there where none are",
      required: Object.keys(aheadRows),
      properties: aheadRows,
    },
  } satisfies Record<keyof Searched, object>,
};

/** Of documents whose rows are streamed: there only where there are no rows. */
export const searchedIfEmpty = {
  allOf: [ref('Searched')],
  description: 'How rows were looked for; in an answer without rows alone',
};

export const problemSchema = {
  type: 'object' as const,
  description: 'RFC 9457 problem details',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' as const },
    title: { type: 'string' as const },
    status: { type: 'integer' as const },
    detail: text('One sentence: what, which value, what is allowed'),
    field: text('The faulty parameter'),
    value: text('What of it is at fault, as it was given: the whole value, or the part of a text or list'),
    offset: {
      type: 'integer' as const,
      description: 'Where in the parameter it goes wrong, in UTF-16 units from 0',
    },
    line: { type: 'integer' as const, description: 'Of a query: the line of that place, from 1' },
    column: { type: 'integer' as const, description: 'Of a query: the column of that place, from 1' },
    length: { type: 'integer' as const, description: 'Of a query: how many characters are wrong there' },
    limit: text('The setting of the hub that the query met: query.timeout'),
  },
};
