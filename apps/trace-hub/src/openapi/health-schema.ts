import { type Health, type Readiness } from '../health/health.service.js';
import { text } from './shapes.js';

const word = text('ok, or what is wrong');

const since = text('Since when it is not, to a few seconds; not there while it is');

const part = {
  type: 'object' as const,
  required: ['status', 'since'],
  properties: {
    status: { ...text('Whether it is as it should be'), enum: ['ok', 'unavailable'] },
    since: text('Since when it is as it is, RFC 3339, to a few seconds'),
    reason: text('What is wrong, to those with a login; not there while it is ok'),
  },
};

const parts = {
  type: 'object' as const,
  description:
    'How each part was found: nats and clickhouse, without which the hub is not ready, ingest, and others that it does without for a while',
  additionalProperties: part,
};

const readiness = {
  status: text('ok, or unavailable'),
  nats: word,
  nats_since: since,
  clickhouse: word,
  clickhouse_since: since,
  tokens: text('Whether the tokens file as it is now is in force; not there without one'),
  certificate: text("Whether the certificate's files as they are now are in use; not there without TLS"),
  parts,
} satisfies Record<keyof Readiness, object>;

const health = { status: text('ok'), parts } satisfies Record<keyof Health, object>;

const content = (properties: Record<string, object>, required: string[]) => ({
  'application/json': { schema: { type: 'object' as const, required, properties } },
});

/** The bodies of answers about health. */
export const healthContent = content(health, ['status', 'parts']);
export const readinessContent = content(readiness, ['status', 'nats', 'clickhouse', 'parts']);
