import { agentColumns, columnSchema, families, fates } from '#columns';
import { heldCauses, type EventPlace, type HeldMessage } from './held-tally.js';

const dialect = 'https://json-schema.org/draft/2020-12/schema';

/** The message on `visor.v1.events.<agent>.<fate>.<family>.<table>.<chain>`: one packet, as its deciding row tells it. */
export const eventSchema = {
  $schema: dialect,
  $id: 'urn:visor:v1:event',
  title: 'A packet and the rule or policy that decided it',
  description:
    'Every member is there in every message; "" and 0 mean absent. A later version may add members. Generated from libs/columns.',
  type: 'object',
  required: agentColumns.map(({ name }) => name),
  properties: Object.fromEntries(agentColumns.map((column) => [column.name, columnSchema(column)])),
};

const time = (description: string) => ({ type: 'string', format: 'date-time', description });
const count = (description: string) => ({ type: 'integer', minimum: 0, description });

const place = {
  fate: { type: 'string', enum: [...fates] },
  family: { type: 'string', enum: ['', ...families] },
  table: { type: 'string' },
  chain: { type: 'string' },
  events: count('How many of them'),
} satisfies Record<keyof EventPlace | 'events', object>;

const held = {
  agent_id: { type: 'string', description: 'The agent that held them back' },
  since: time("When the first of them was held back, by the agent's clock"),
  until: time('When this message was made'),
  events: count('How many events were not published'),
  causes: {
    type: 'object',
    description: 'The same by cause; those without any are left out',
    properties: Object.fromEntries(heldCauses.map((cause) => [cause, count(causeTexts(cause))])),
    additionalProperties: false,
  },
  places: {
    type: 'array',
    description: 'Where they were decided and how, most first, 20 at most',
    items: { type: 'object', required: Object.keys(place), properties: place },
  },
  elsewhere: count('Events of places that are not among these'),
} satisfies Record<keyof HeldMessage, object>;

function causeTexts(cause: (typeof heldCauses)[number]): string {
  const texts = {
    rate: 'Beyond events.max-rate',
    away: 'There was no connection to NATS',
    slow: 'NATS did not read as fast as events came',
    refused: 'NATS does not let the agent publish there',
    lost: 'They were on their way when the connection to NATS was lost; some may have come',
    too_large: 'The event is larger than NATS takes (max_payload)',
  } satisfies Record<typeof cause, string>;
  return texts[cause];
}

/** The message on `visor.v1.events.<agent>.held`: events that were not published. */
export const heldSchema = {
  $schema: dialect,
  $id: 'urn:visor:v1:events-held',
  title: 'Events that an agent did not publish',
  description: 'A later version may add members.',
  type: 'object',
  required: Object.keys(held),
  properties: held,
};

/** The files of docs/schema. */
export const schemaFiles = { 'event.json': eventSchema, 'events-held.json': heldSchema };
