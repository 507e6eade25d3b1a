import { type Silence } from '#bus';
import { alertColumns, type AlertKind } from '#clickhouse';
import { searchedIfEmpty } from './row-schema.js';
import { list, object, orNull, page, ref, text, time, timeOrNull, yes } from './shapes.js';

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
  timeOrNull,
  flag: yes,
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
  Alerts: page(ref('Alert'), {
    next: text('Where there are more: what cursor has to be for the next page'),
    searched: searchedIfEmpty,
  }),
  AlertStory: object('An alert in its newest state, and how it came to it', {
    ...alert,
    history: list(ref('Alert'), 'Its states, the first one first'),
  }),
  Silence: object('Alerts that webhooks are not told of', silence),
  Silences: page(ref('Silence')),
  NewSilence: object(
    'A silence that is wanted; for or until says when it ends',
    { match, for: text('How long it lasts: 30m, 2h, 1d'), until: silence.until, comment: silence.comment },
    ['for', 'until', 'comment'],
  ),
};
