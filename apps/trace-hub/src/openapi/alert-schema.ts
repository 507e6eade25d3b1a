import { type Silence } from '#bus';
import { alertColumns, type AlertKind } from '#clickhouse';
import { searchedIfEmpty } from './row-schema.js';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const text = (description: string) => ({ type: 'string' as const, description });
const time = (description: string) => ({ type: 'string' as const, format: 'date-time', description });
const orNull = (type: string, description: string, more: object = {}) => ({
  type: [type, 'null'] as unknown as 'string',
  description,
  ...more,
});
const object = (
  description: string,
  properties: Readonly<Record<string, object>>,
  optional: string[] = [],
) => ({
  type: 'object' as const,
  description,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});
const list = (items: object, more: Readonly<Record<string, object>> = {}) =>
  object(
    'A list',
    {
      rows: { type: 'array' as const, items },
      count: { type: 'integer' as const, description: 'How many rows these are' },
      ...more,
    },
    Object.keys(more),
  );

const kinds = {
  text,
  words: (description: string) => ({
    type: 'object' as const,
    description,
    additionalProperties: { type: 'string' as const },
  }),
  number: (description: string) => orNull('number', description),
  count: (description: string) => orNull('integer', description, { minimum: 0 }),
  id: (description: string) => orNull('string', description, { format: 'uint64' }),
  time,
  timeOrNull: (description: string) => orNull('string', description, { format: 'date-time' }),
  flag: (description: string) => ({ type: 'boolean' as const, description }),
} satisfies Record<AlertKind, (description: string) => object>;

const alert = Object.fromEntries(alertColumns.map(({ name, kind, doc }) => [name, kinds[kind](doc)]));

const match = {
  type: 'array' as const,
  description:
    'Matchers, all of which an alert must meet: FIELD=VALUE or FIELD!=VALUE, where FIELD is rule, severity, labels.NAME or a ' +
    'column of the group; commas mean or, * any characters',
  items: { type: 'string' as const },
};

const silence = {
  id: text('Its name'),
  match,
  until: time('When it ends'),
  created_at: time('When it was made'),
  by: text('Who made it: the name of the token'),
  comment: text('Why'),
} satisfies Record<keyof Silence, object>;

export const alertSchemas = {
  Alert: object('An alert in one of its states', alert),
  Alerts: list(ref('Alert'), {
    next: text('Where there are more: what cursor has to be for the next page'),
    searched: searchedIfEmpty,
  }),
  AlertStory: object('An alert in its newest state, and how it came to it', {
    ...alert,
    history: { type: 'array' as const, description: 'Its states, the first one first', items: ref('Alert') },
  }),
  Silence: object('Alerts that webhooks are not told of', silence),
  Silences: list(ref('Silence')),
  NewSilence: object(
    'A silence that is wanted; for or until says when it ends',
    { match, for: text('How long it lasts: 30m, 2h, 1d'), until: silence.until, comment: silence.comment },
    ['for', 'until', 'comment'],
  ),
};
