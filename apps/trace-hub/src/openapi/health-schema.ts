import { type Readiness } from '../health/health.service.js';

const text = (description: string) => ({ type: 'string' as const, description });
const word = text('ok, or what is wrong');

const since = text('Since when it is not, to a few seconds; not there while it is');

const readiness = {
  status: text('ok, or unavailable'),
  nats: word,
  nats_since: since,
  clickhouse: word,
  clickhouse_since: since,
  tokens: text('Whether the tokens file as it is now is in force; not there without one'),
  certificate: text("Whether the certificate's files as they are now are in use; not there without TLS"),
} satisfies Record<keyof Readiness, object>;

const content = (properties: Record<string, { type: 'string' }>, required: string[]) => ({
  'application/json': { schema: { type: 'object' as const, required, properties } },
});

/** The bodies of answers about health. */
export const healthContent = content({ status: text('ok') }, ['status']);
export const readinessContent = content(readiness, ['status', 'nats', 'clickhouse']);
