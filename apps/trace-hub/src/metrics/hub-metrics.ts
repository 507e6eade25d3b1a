import { type Settlement } from '#bus';
import { type Counters, type MetricDefinition, occurrenceMetrics } from '#app-kit';
import { hubOccurrences } from '../occurrences.js';
import { alertDeliveryMetrics, type AlertFacts, alertMetrics } from './alert-metrics.js';
import { countersOf, type Kinds } from './kinds.js';
import { agentMetrics, type AgentTimes } from './agent-metrics.js';
import { queryLimits } from '../query/query-problem.js';
import { type GeoState } from '../geo/geo.service.js';

/** The live stream, as /metrics shows it. */
export interface LiveState {
  readonly clients: number;
  readonly unreadBytes: number;
  readonly cachedBytes: number;
}

export interface HubFacts {
  /** How many agents are known. */
  readonly agents: () => number;
  /** When each was heard of last, in the order of their names, and how many have series of their own. */
  readonly agentTimes: () => readonly AgentTimes[];
  readonly maxAgents: number;
  readonly natsConnected: () => boolean;
  readonly geo: () => readonly GeoState[];
  /** Bytes of unpacked batches in hand. */
  readonly heldBytes: () => number;
  readonly live: () => LiveState;
  readonly queries: () => { readonly running: number; readonly waiting: number };
  /** Batches that the stream held for the hubs at the last delivery. */
  readonly backlog: () => number;
  /** How long the oldest minute that is not counted yet has been over. */
  readonly rollupLag_us: () => number;
  readonly alerts: AlertFacts;
  /** Lines of the log that could not be written. */
  readonly lostLogLines: () => number;
}

const causes = {
  overrun: 0,
  backlog: 0,
  malformed: 0,
  queue_full: 0,
  spool_full: 0,
  spool_damaged: 0,
  too_large: 0,
  rejected: 0,
  shutdown: 0,
  other: 0,
};

function ingestMetrics({ one, many }: Kinds): MetricDefinition[] {
  const retries = 'Deliveries that wait because ClickHouse did not take them, or the hub stops, each try';
  return [
    one('ingest_rows', 'Rows stored', 'ingest_rows'),
    one('ingest_inserts', 'Inserts, of many batches each', 'ingest_inserts'),
    one('ingest_redeliveries', 'Deliveries of batches after their first', 'ingest_redeliveries'),
    one('ingest_repeated_batches', 'Batches looked up before their insert', 'ingest_repeated_batches'),
    one('ingest_retries', retries, 'deliveries_retry'),
    one('ingest_errors', 'Deliveries that failed unexpectedly, each try', 'deliveries_error'),
    many(
      'ingest_rejected_batches',
      'Batches that can never be stored, by reason',
      'reason',
      'deliveries_rejected',
      { schema: 0, agent: 0, headers: 0, rows: 0, bad_data: 0 },
    ),
  ];
}

function rulesetMetrics({ one, many }: Kinds): MetricDefinition[] {
  const settled = (settlement: Settlement): string => `ruleset_deliveries_${settlement}`;
  const retries = 'Rulesets that wait because ClickHouse or NATS is away, each try';
  return [
    one('stored_ruleset_changes', 'Changes of rulesets stored', 'ruleset_changes_stored'),
    one('stored_ruleset_texts', 'Texts of versions stored', 'ruleset_texts_stored'),
    one('ruleset_retries', retries, settled('retry')),
    one('ruleset_errors', 'Rulesets that failed unexpectedly, each try', settled('error')),
    many('rejected_rulesets', 'Rulesets that can never be stored, by reason', 'reason', settled('rejected')),
  ];
}

const gauge = (name: string, help: string, read: () => number): MetricDefinition => ({
  name: `visor_hub_${name}`,
  help,
  kind: 'gauge',
  read,
});

function liveMetrics({ many }: Kinds, facts: HubFacts): MetricDefinition[] {
  return [
    many('live_lost_rows', 'Rows left out of live streams, by cause', 'cause', 'live_rows_lost', { slow: 0 }),
    many(
      'live_refused_clients',
      'Clients refused because as many as may be follow, of all or of one address',
      'cause',
      'live_refused',
      { all: 0, address: 0 },
    ),
    gauge('live_clients', 'Clients that follow the live stream', () => facts.live().clients),
    gauge('live_unread_bytes', 'Bytes that these have not read yet', () => facts.live().unreadBytes),
    gauge(
      'live_cached_bytes',
      'Bytes of batches kept for those who come back',
      () => facts.live().cachedBytes,
    ),
  ];
}

/** @returns the hub's metrics: its counters under Prometheus's names */
export function hubMetrics(counters: Counters, facts: HubFacts): MetricDefinition[] {
  const { one, many } = countersOf(counters);
  return [
    ...ingestMetrics({ one, many }),
    ...rulesetMetrics({ one, many }),
    ...alertMetrics({ one, many }, facts.alerts),
    ...alertDeliveryMetrics({ one, many }, facts.alerts),
    one('rollup_computations', 'Minutes whose packets were counted, each time', 'rollup_minutes'),
    ...occurrenceMetrics('visor_hub', counters, hubOccurrences),
    ...liveMetrics({ one, many }, facts),
    many(
      'refused_queries',
      'Queries that met a limit, by its setting',
      'limit',
      'queries_refused',
      Object.fromEntries(queryLimits.map((limit) => [limit, 0])),
    ),
    gauge('running_queries', 'Queries that ClickHouse works on', () => facts.queries().running),
    gauge('waiting_queries', 'Queries that wait for their turn', () => facts.queries().waiting),
    many(
      'lost_events',
      'Events that agents lost while this hub ran, by cause',
      'cause',
      'lost_events',
      causes,
    ),
    one('stored_losses', 'Losses stored, new ones and those that grew', 'losses_stored'),
    many('dropped_losses', 'Losses not stored for want of room, each try', 'cause', 'losses_not_stored', {
      too_many_waiting: 0,
    }),
    ...geoMetrics(counters, facts.geo),
    gauge('ingest_held_bytes', 'Bytes of unpacked batches in hand', facts.heldBytes),
    gauge(
      'rollup_lag_seconds',
      'How long the oldest minute that is not counted yet has been over',
      () => facts.rollupLag_us() / 1e6,
    ),
    gauge('ingest_backlog', 'Batches in the stream, not delivered yet', facts.backlog),
    gauge('agents', 'Agents whose heartbeat is known', facts.agents),
    ...agentMetrics(facts.agentTimes, facts.maxAgents),
    {
      name: 'visor_hub_log_lost_lines_total',
      help: 'Lines of the log that could not be written',
      kind: 'counter',
      read: facts.lostLogLines,
    },
    gauge('nats_connected', 'Whether the connection to NATS stands', () => Number(facts.natsConnected())),
  ];
}

/** Of the databases that are configured; none where there are none. */
function geoMetrics(counters: Counters, states: HubFacts['geo']): MetricDefinition[] {
  const byDatabase = (value: (state: GeoState) => number) => (): Record<string, number> =>
    Object.fromEntries(states().map((state) => [state.database, value(state)]));
  const metric = (
    name: string,
    help: string,
    kind: MetricDefinition['kind'],
    value: (state: GeoState) => number,
  ): MetricDefinition => ({
    name: `visor_hub_geoip_${name}`,
    help,
    kind,
    label: 'database',
    read: byDatabase(value),
  });
  const counted =
    (name: string) =>
    ({ database }: GeoState): number =>
      counters.counter(name, database).value;
  return [
    metric('built_timestamp_seconds', 'When the data in use were built; 0 = none', 'gauge', (s) => s.built_s),
    metric('current', 'Whether the file as it is now is in use', 'gauge', (s) => Number(s.current)),
    metric('loads_total', 'Files that were read and are in use since', 'counter', counted('geoip_loads')),
    metric('failures_total', 'Tries that found no usable file', 'counter', counted('geoip_failures')),
  ];
}
