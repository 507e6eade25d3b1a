import { countNames, type HintRecord, type PacketCandidate, sourceNames } from '#clickhouse';
import { columns, columnSchema } from '#columns';
import { type AggregateJson } from '../aggregate/aggregate.service.js';
import { type HintsJson } from '../hints/hints.service.js';
import { type PacketJson } from '../packet/packet.service.js';
import { type SeriesAnswer, type SeriesJson } from '../series/series.service.js';
import { problemSchema } from './row-schema.js';
import { count, list, object, ref, type Schemas, text, time, types, yes } from './shapes.js';

/** A metric's value: null where there are no packets to take it from, a string of numbers with 64 bits and of times. */
const metricValue = { type: types('number', 'string', 'null') };

const countDocs = {
  packets: 'Packets, each as all that it stands for',
  bytes: 'Bytes of their IP packets',
  drops: 'Packets that were dropped or rejected',
  hops: 'Trace events: all rows',
} satisfies Record<(typeof countNames)[number] | 'hops', string>;

const metrics: Schemas = Object.fromEntries(
  Object.entries(countDocs).map(([name, doc]) => [name, count(doc)]),
);

const metricsSchema = {
  type: 'object' as const,
  description: 'Metrics by their names',
  properties: metrics,
  additionalProperties: metricValue,
};

const groupSchema = {
  type: 'object' as const,
  description: 'A group of packets: the value of each key of by, then its metrics by their names',
  properties: {
    time: time('With by=time: when the bucket begins'),
    ...Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)])),
    ...metrics,
  },
  additionalProperties: metricValue,
};

const source = {
  type: 'string' as const,
  enum: [...sourceNames],
  description: 'The table that answered; what it lacks came from traces',
};

const aggregate = {
  rows: list(ref('Group'), 'The groups in their order'),
  count: count('How many rows these are'),
  more: yes('Whether there are more groups; with others and having: whether there may be'),
  total: { ...ref('Metrics') },
  others: { ...ref('Metrics') },
  bucket: text('With by=time: the length of the buckets'),
  source,
  searched: ref('Searched'),
} satisfies Record<keyof AggregateJson, Schemas[string]>;

const value = { type: types('string', 'number', 'boolean') };

const series = {
  value: { ...value, description: "The column's value; not there without by, nor in others" },
  total: { ...ref('Metrics') },
  points: {
    type: 'object' as const,
    description: 'Of each metric the values by bucket, in the order of times',
    additionalProperties: { type: 'array' as const, items: metricValue },
  },
} satisfies Record<keyof SeriesJson, Schemas[string]>;

const seriesAnswer = {
  by: text('The column whose values have a series each'),
  bucket: text('The length of the buckets'),
  times: list({ type: 'string' as const, format: 'date-time' }, 'When each bucket begins'),
  series: list(ref('Series'), 'The greatest first'),
  others: ref('Series'),
  count: count('How many series these are, without others'),
  source,
  searched: ref('Searched'),
} satisfies Record<keyof SeriesAnswer, Schemas[string]>;

const hint = {
  value: { ...value, description: 'A value as rows have it; of a list column one name' },
  count: count('Packets that have it'),
} satisfies Record<keyof HintRecord, Schemas[string]>;

const hints = {
  field: text('The column'),
  values: list(object('A value', hint), 'The most frequent first'),
  count: count('How many values these are'),
  more: yes('Whether there are more values'),
  source,
  searched: ref('Searched'),
} satisfies Record<keyof HintsJson, Schemas[string]>;

const packet = {
  packet: {
    anyOf: [ref('Row'), { type: 'null' as unknown as 'object' }],
    description: 'The row that decided; null where it was lost',
  },
  path: list(ref('Row'), 'All of its rows, in the order of the hops'),
  searched: ref('Searched'),
} satisfies Record<keyof PacketJson, Schemas[string]>;

const candidateNames = [
  'packet_id',
  'ts',
  'agent_id',
  'ip_src',
  'ip_dst',
] as const satisfies readonly (keyof PacketCandidate)[];
const candidate: Schemas = Object.fromEntries(
  columns
    .filter(({ name }) => (candidateNames as readonly string[]).includes(name))
    .map((column) => [column.name, columnSchema(column)]),
);

export const groupSchemas: Schemas = {
  Metrics: metricsSchema,
  Group: groupSchema,
  Aggregate: object('Groups of packets', aggregate, ['others', 'bucket']),
  Series: object('A series', series, ['value']),
  SeriesList: object('Series', seriesAnswer, ['by', 'others']),
  Hints: object('Values of a column', hints),
  Packet: object('A packet', packet),
  AmbiguousPacket: {
    ...problemSchema,
    description: 'A problem document with the packets that may be meant',
    properties: {
      ...problemSchema.properties,
      candidates: list(object('A packet', candidate), 'The newest first'),
    },
  },
};
