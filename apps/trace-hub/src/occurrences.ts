import { occurrence, type OccurrenceMetric } from '#app-kit';
import { type StoreErrorCode } from '#clickhouse';
import { alertOccurrences } from './alert-occurrences.js';

/**
 * What happens in the hub and is both told in the log and counted: name, line and metric of each, in one place. What is
 * only counted is in metrics/hub-metrics.ts, and what is only told stands where it happens.
 */

export const ingestBatches: OccurrenceMetric = {
  counter: 'ingest_batches',
  help: 'Batches stored, by outcome',
  label: 'outcome',
  values: ['inserted', 'already', 'repaired'],
};

export const batchRepaired = occurrence<{ agent: string; batch: string }>({
  event: 'batch_repaired',
  level: 'warn',
  message: ({ agent, batch }) =>
    `batch ${batch} of ${agent} was partly stored; it was stored anew as a whole`,
  metric: ingestBatches,
  cause: () => 'repaired',
});

/** What ClickHouse may have against an insert, there from the start: else the first of a kind is no increase to Prometheus. */
const insertFaults = [
  'unreachable',
  'unauthorized',
  'unknown_database',
  'not_allowed',
  'read_only',
  'bad_certificate',
  'no_tls',
  'busy',
  'out_of_memory',
  'too_many_parts',
  'disk_full',
  'read_only_table',
  'failed',
] satisfies StoreErrorCode[];

const failedInserts: OccurrenceMetric = {
  counter: 'failed_inserts',
  help: 'Inserts of batches that ClickHouse did not take, by what it was',
  label: 'reason',
  values: insertFaults,
};

type FailedInsert = { code: string; reason: string };

export const insertFailed = occurrence<FailedInsert>({
  event: 'insert_failed',
  level: 'warn',
  message: ({ reason }) => `${reason} Batches wait in the stream until it is back.`,
  metric: failedInserts,
  cause: ({ code }) => code,
  repeats: ({ code }) => code,
});

export const batchSetAside = occurrence<FailedInsert>({
  event: 'batch_set_aside',
  level: 'warn',
  message: ({ reason }) => `${reason} It is tried again; other batches do not wait for it.`,
  metric: failedInserts,
  cause: ({ code }) => code,
  repeats: () => '',
});

export const batchesLate = occurrence<{ batches: number }>({
  event: 'batches_late',
  level: 'warn',
  message: ({ batches }) =>
    `${batches} batches took longer than NATS waits for their acknowledgement; they are looked up again.`,
  metric: {
    counter: 'ingest_late_batches',
    help: 'Batches looked up again because their acknowledgement was late',
  },
  count: ({ batches }) => batches,
  repeats: () => '',
});

export const mergePauseFailed = occurrence<{ reason: string }>({
  event: 'merge_pause_failed',
  level: 'warn',
  message: ({ reason }) => `${reason} Whether merges wait is tried again.`,
  metric: {
    counter: 'merge_pause_failures',
    help: 'Times that merges could not be stopped, or let go, for a backlog',
  },
  repeats: () => '',
});

const afterwards = {
  rollup: 'Counts by minute are brought up to date later.',
  verify: 'Batches that may be stored twice are looked at later.',
};
export type RollupWork = keyof typeof afterwards;

export const rollupFailed = occurrence<{ work: RollupWork; reason: string }>({
  event: 'rollup_failed',
  level: 'warn',
  message: ({ work, reason }) => `${reason} ${afterwards[work]}`,
  metric: {
    counter: 'rollup_failures',
    help: 'Tries that failed, by what was tried',
    label: 'work',
    values: Object.keys(afterwards),
  },
  cause: ({ work }) => work,
  repeats: ({ work }) => work,
});

export const doubleStoredRepaired = occurrence<{ batches: number }>({
  event: 'double_stored_repaired',
  level: 'warn',
  message: ({ batches }) =>
    `${batches} batches were stored twice, by two hubs or in two tries; each of their rows is there once again`,
  metric: {
    counter: 'doubtful_repaired',
    help: 'Batches that were stored twice, of which one was deleted',
  },
  count: ({ batches }) => batches,
});

export const liveBatchFailed = occurrence<{ cause: string; sequence: number; reason: string }>({
  event: 'live_batch_failed',
  level: 'warn',
  message: ({ sequence, reason }) => `message ${sequence} is left out of the live stream: ${reason}`,
  metric: {
    counter: 'live_failed_batches',
    help: 'Batches left out of live streams because the hub failed on them, by what failed',
    label: 'cause',
    values: ['decode', 'hand', 'show'],
  },
  cause: ({ cause }) => cause,
  repeats: ({ cause }) => cause,
});

export const liveClientFailed = occurrence<{ cause: string; reason: string }>({
  event: 'live_client_failed',
  level: 'warn',
  message: ({ cause, reason }) => `a live stream fails on "${cause}" and is ended: ${reason}`,
  metric: {
    counter: 'live_failed_clients',
    help: 'Live streams that the hub ended because it failed on them, by what it was about to tell',
    label: 'cause',
    values: ['batch', 'gap', 'restarted', 'connection', 'loss'],
  },
  cause: ({ cause }) => cause,
  repeats: ({ cause }) => cause,
});

export const connectionRefused = occurrence<{ cause: string; reason: string }>({
  event: 'connection_refused',
  level: 'warn',
  message: ({ reason }) => `a connection is refused: ${reason}`,
  metric: {
    counter: 'http_refused',
    help: 'Requests refused, by status, and connections',
    label: 'cause',
    values: ['401', '403', '405', '421', '429', 'connections', 'connections_per_address'],
  },
  cause: ({ cause }) => cause,
  repeats: ({ cause }) => cause,
});

export const requestFailed = occurrence<{ error: string }>({
  event: 'request_failed',
  level: 'error',
  message: ({ error }) => `a request failed: ${error}`,
  metric: { counter: 'failed_requests', help: 'Requests that the hub failed on for no known reason' },
});

export const queryFailed = occurrence<{ code: string; reason: string }>({
  event: 'query_failed',
  level: 'warn',
  message: ({ reason }) => reason,
  metric: {
    counter: 'failed_queries',
    help: 'Queries that ClickHouse failed on, by what it was',
    label: 'reason',
    values: ['unreachable'],
  },
  cause: ({ code }) => code,
  // Of a store that is away all say the same; of a query that it fails on the log alone tells why.
  repeats: ({ code, reason }) => `${code} ${reason}`,
});

const heartbeats: OccurrenceMetric = {
  counter: 'heartbeats',
  help: 'Heartbeats of agents, by what became of them',
  label: 'outcome',
  values: ['taken'],
};

export const heartbeatRejected = occurrence<{ subject: string; cause: string; reason: string }>({
  event: 'heartbeat_rejected',
  level: 'warn',
  message: ({ subject, reason }) => `heartbeats of ${subject} are not taken: ${reason}; this is told once`,
  metric: heartbeats,
  cause: ({ cause }) => cause,
});

const asks: OccurrenceMetric = {
  counter: 'ingest_asks',
  help: "Agents' questions about batches, by what became of them",
  label: 'outcome',
  values: ['answered'],
};

export const askMisdirected = occurrence<{ subject: string; reply: string }>({
  event: 'ask_misdirected',
  level: 'warn',
  message: ({ subject, reply }) => `a question on ${subject} asks for its answer on ${reply}`,
  metric: asks,
  cause: () => 'misdirected',
  repeats: () => '',
});

export const askMalformed = occurrence<{ subject: string; reason: string }>({
  event: 'ask_malformed',
  level: 'warn',
  message: ({ subject, reason }) => `a question on ${subject} is not understood: ${reason}`,
  metric: asks,
  cause: () => 'malformed',
  repeats: () => '',
});

export const askFailed = occurrence<{ reason: string }>({
  event: 'ask_failed',
  level: 'warn',
  message: ({ reason }) => `what an agent asked cannot be told (${reason}); it asks again`,
  metric: asks,
  cause: () => 'failed',
  repeats: () => '',
});

export const geoRecordDamaged = occurrence<{ reason: string }>({
  event: 'geoip_record_damaged',
  level: 'warn',
  message: ({ reason }) => `a GeoIP record cannot be read, its address has none: ${reason}`,
  metric: { counter: 'geoip_damaged_records', help: 'Lookups that came to a damaged record' },
  repeats: () => '',
});

const lostSpans: OccurrenceMetric = {
  counter: 'lost_spans',
  help: 'Spans that the collector of tracing.endpoint did not take',
};

export const tracesNotTaken = occurrence<{ spans: number; endpoint: string; reason: string }>({
  event: 'traces_not_taken',
  level: 'warn',
  message: ({ spans, endpoint, reason }) =>
    `${spans} spans were not taken by tracing.endpoint ${endpoint} (${reason}); they are gone`,
  metric: lostSpans,
  count: ({ spans }) => spans,
  repeats: () => '',
});

export const tooManySpans = occurrence<{ endpoint: string }>({
  event: 'too_many_spans',
  level: 'warn',
  message: ({ endpoint }) =>
    `spans come faster than tracing.endpoint ${endpoint} takes them, some are gone; lower tracing.sample-percent`,
  metric: lostSpans,
  repeats: () => '',
});

/** Those with a metric. */
export const hubOccurrences = [
  batchRepaired,
  insertFailed,
  batchSetAside,
  batchesLate,
  mergePauseFailed,
  rollupFailed,
  doubleStoredRepaired,
  liveBatchFailed,
  liveClientFailed,
  connectionRefused,
  requestFailed,
  queryFailed,
  heartbeatRejected,
  askMisdirected,
  askMalformed,
  askFailed,
  geoRecordDamaged,
  tracesNotTaken,
  tooManySpans,
  ...alertOccurrences,
];
