import { type MetricDefinition, type MetricValues } from '#app-kit';
import { type AgentState } from '../agent-state.js';
import { type DeliveryCounts } from '../publish/delivery.js';
import { type PacketViewsCounts } from '../packet-views.js';
import { deliveryMetrics } from './delivery-metrics.js';
import { viewMetrics } from './view-metrics.js';

/** Causes that are shown from the start, so that an alert on their growth sees the first. */
const fromTheStart = {
  malformed: 0,
  backlog: 0,
  queue_full: 0,
  spool_full: 0,
  spool_damaged: 0,
  too_large: 0,
  rejected: 0,
  shutdown: 0,
};

/** What of the agent the metrics tell. */
export interface MetricsSource {
  readonly state: AgentState;
  readonly bytesPublished: number;
  readonly delivery: DeliveryCounts | undefined;
  readonly rulesetsPublished: number;
  readonly views: PacketViewsCounts | undefined;
  readonly captureCpu_us: number;
  readonly lostLogLines: number;
}

export interface MetricsFacts {
  readonly receiveBufferBytes: number;
}

function sgroupsMetrics(
  gauge: (name: string, help: string, read: () => number) => MetricDefinition,
  source: MetricsSource,
): MetricDefinition[] {
  return [
    gauge(
      'sgroups_networks',
      'Networks that addresses are looked up in',
      () => source.state.sgroups.prefixes,
    ),
    gauge('sgroups_groups', 'Security groups in use', () => source.state.sgroups.groups),
    gauge('sgroups_stale', 'Whether the source of networks and security groups cannot be read', () =>
      Number(source.state.sgroups.staleSince !== undefined),
    ),
  ];
}

/** @returns the agent's metrics: those of HeartbeatState, under Prometheus's names */
export function agentMetrics(source: MetricsSource, facts: MetricsFacts): MetricDefinition[] {
  const counter = (
    name: string,
    help: string,
    read: (state: AgentState) => MetricValues,
  ): MetricDefinition => ({
    name: `visor_agent_${name}_total`,
    help,
    kind: 'counter',
    read: () => read(source.state),
  });
  const gauge = (name: string, help: string, read: () => number): MetricDefinition => ({
    name: `visor_agent_${name}`,
    help,
    kind: 'gauge',
    read,
  });
  const discards = 'Events received that are in no row published or spooled, by cause';
  const lost = 'Events missing that nobody asked to leave out, by cause; an overrun happens in the kernel';
  return [
    counter('events', 'Trace events received from the kernel', (s) => s.events),
    counter('packets', 'Packets that these events were put together to', (s) => s.packets),
    counter('merged_events', 'Events that share the row of the event after them', (s) => s.merged),
    counter('rows', 'Rows handed on to be published', (s) => s.rows),
    counter('rows_published', 'Rows that the stream has taken', (s) => s.rowsPublished),
    counter('published_bytes', 'Compressed bytes that the stream has taken', () => source.bytesPublished),
    {
      ...counter('discarded_events', discards, (s) => ({ ...fromTheStart, ...s.discards })),
      label: 'cause',
    },
    { ...counter('lost_events', lost, (s) => ({ overrun: 0, ...fromTheStart, ...s.lost })), label: 'cause' },
    counter(
      'rulesets_published',
      'Changes of rulesets that the stream has taken',
      () => source.rulesetsPublished,
    ),
    ...deliveryMetrics(() => source.delivery),
    ...viewMetrics(() => source.views),
    counter(
      'capture_cpu_seconds',
      'CPU time of the threads that receive, decode and encode, a second old at most',
      () => source.captureCpu_us / 1e6,
    ),
    gauge('netns', 'Network namespaces that are traced', () => source.state.netns.length),
    gauge(
      'receive_buffer_bytes',
      'Size asked for the netlink receive buffer',
      () => facts.receiveBufferBytes,
    ),
    ...sgroupsMetrics(gauge, source),
    counter('log_lost_lines', 'Lines of the log that could not be written', () => source.lostLogLines),
    gauge('nats_connected', 'Whether the connection to NATS stands', () =>
      Number(source.state.natsConnected),
    ),
  ];
}
