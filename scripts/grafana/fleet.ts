import { dashboard, lines, number, promTable, sqlLines, sqlTable } from './build.js';

const here = 'instance=~"$instance"';
const agents = '$__conditionalAll(agent_id IN (${agent:singlequote}), $agent)';
const rate = '[$__rate_interval]';
const quantile = (q: number, metric: string, by = '', of = ''): string =>
  `histogram_quantile(${q}, sum by (le${by}) (rate(${metric}_bucket${of}${rate})))`;

const agentPanels = [
  number(
    { title: 'Agents asked', description: 'Agents that Prometheus reads', unit: 'none' },
    { expr: `count(visor_agent_build_info{${here}})` },
  ),
  number(
    {
      title: 'Without NATS',
      description: 'Agents whose connection to NATS is away: batches wait on their hosts',
      unit: 'none',
      redFrom: 1,
    },
    { expr: `count(visor_agent_nats_connected{${here}} == 0) or vector(0)` },
  ),
  number(
    {
      title: 'Lost events',
      description: 'In the last hour, of all causes; the drops dashboard and REST /api/v1/losses tell where',
      unit: 'none',
      redFrom: 1,
    },
    { expr: `round(sum(increase(visor_agent_lost_events_total{${here}}[1h])))` },
  ),
  number(
    {
      title: 'Oldest batch',
      description: 'Age of the oldest event that is not in ClickHouse yet',
      unit: 's',
      redFrom: 60,
    },
    { expr: `max(visor_agent_spool_oldest_seconds{${here}})` },
  ),
  number(
    {
      title: 'Groups of before',
      description: 'Agents that cannot read networks and security groups and go on with the last',
      unit: 'none',
      redFrom: 1,
    },
    { expr: `sum(visor_agent_sgroups_stale{${here}})` },
  ),
  number(
    { title: 'Versions', description: 'Different versions of agents that run', unit: 'none' },
    { expr: `count(count by (version) (visor_agent_build_info{${here}}))` },
  ),
  lines(
    { title: 'Trace events', description: 'Received from the kernel, per agent', unit: 'ops' },
    { expr: `sum by (instance) (rate(visor_agent_events_total{${here}}${rate}))`, legend: '{{instance}}' },
  ),
  lines(
    { title: 'Lost events by cause', description: 'What is missing, and why', unit: 'ops', stack: true },
    { expr: `sum by (cause) (rate(visor_agent_lost_events_total{${here}}${rate}))`, legend: '{{cause}}' },
  ),
  lines(
    {
      title: 'Capture CPU',
      description: 'Of a core; 1 is all that one capture thread can have. More netns have more threads.',
      unit: 'percentunit',
    },
    {
      expr: `sum by (instance) (rate(visor_agent_capture_cpu_seconds_total{${here}}${rate}))`,
      legend: '{{instance}}',
    },
  ),
  lines(
    { title: 'Publish latency', description: 'How long NATS took to acknowledge a batch', unit: 's' },
    { expr: quantile(0.5, 'visor_agent_publish_seconds', '', `{${here}}`), legend: 'half of them' },
    { expr: quantile(0.99, 'visor_agent_publish_seconds', '', `{${here}}`), legend: '99 of 100' },
  ),
  lines(
    { title: 'Spool', description: 'Batches that are not known to be in ClickHouse', unit: 'bytes' },
    { expr: `sum by (instance) (visor_agent_spool_bytes{${here}})`, legend: '{{instance}}' },
  ),
  lines(
    { title: 'Memory of agents', description: 'Resident', unit: 'bytes' },
    {
      expr: `process_resident_memory_bytes{${here}} and on (instance, job) visor_agent_build_info`,
      legend: '{{instance}}',
    },
  ),
];

const hubPanels = [
  number(
    { title: 'Hubs', description: 'Hubs that Prometheus reads', unit: 'none' },
    { expr: 'count(visor_hub_build_info)' },
  ),
  number(
    { title: 'Agents known', description: 'By their heartbeats', unit: 'none' },
    { expr: 'max(visor_hub_agents)' },
  ),
  number(
    {
      title: 'Silent agents',
      description: 'No heartbeat for half a minute',
      unit: 'none',
      redFrom: 1,
    },
    {
      expr: 'count(time() - max by (agent) (visor_hub_agent_heartbeat_timestamp_seconds) > 30) or vector(0)',
    },
  ),
  number(
    {
      title: 'Batches behind',
      description: 'In the stream and not delivered yet',
      unit: 'none',
      redFrom: 1000,
    },
    { expr: 'max(visor_hub_ingest_backlog)' },
  ),
  number(
    { title: 'Alerts firing', description: 'As the hub that evaluates tells', unit: 'none', redFrom: 1 },
    { expr: 'sum(max by (severity) (visor_hub_alerts_firing))' },
  ),
  number(
    {
      title: 'Rollup behind',
      description: 'Age of the oldest minute not counted yet',
      unit: 's',
      redFrom: 300,
    },
    { expr: 'min(visor_hub_rollup_lag_seconds)' },
  ),
  lines(
    { title: 'Rows stored', description: 'By each hub', unit: 'ops' },
    { expr: `sum by (instance) (rate(visor_hub_ingest_rows_total${rate}))`, legend: '{{instance}}' },
  ),
  lines(
    { title: 'Insert latency', description: 'Of inserts that succeeded, many batches each', unit: 's' },
    { expr: quantile(0.5, 'visor_hub_ingest_insert_seconds'), legend: 'half of them' },
    { expr: quantile(0.99, 'visor_hub_ingest_insert_seconds'), legend: '99 of 100' },
  ),
  lines(
    {
      title: 'What ingest tries again or refuses',
      description: 'Redelivered, waiting for ClickHouse, failed inserts, rejected for good',
      unit: 'ops',
    },
    { expr: `sum(rate(visor_hub_ingest_redeliveries_total${rate}))`, legend: 'redelivered' },
    { expr: `sum(rate(visor_hub_ingest_retries_total${rate}))`, legend: 'sent back to wait' },
    {
      expr: `sum by (reason) (rate(visor_hub_failed_inserts_total${rate}))`,
      legend: 'insert failed: {{reason}}',
    },
    {
      expr: `sum by (reason) (rate(visor_hub_ingest_rejected_batches_total${rate}))`,
      legend: 'rejected: {{reason}}',
    },
  ),
  lines(
    { title: 'Query latency', description: '95 of 100 answers, whole, by endpoint', unit: 's' },
    { expr: quantile(0.95, 'visor_hub_query_seconds', ', endpoint'), legend: '{{endpoint}}' },
  ),
  lines(
    { title: 'Queries and live streams', description: 'At a time', unit: 'none' },
    { expr: 'sum(visor_hub_running_queries)', legend: 'queries that run' },
    { expr: 'sum(visor_hub_waiting_queries)', legend: 'queries that wait' },
    { expr: 'sum(visor_hub_live_clients)', legend: 'live streams' },
  ),
  lines(
    { title: 'Refused', description: 'Requests by status, queries by the limit that they met', unit: 'ops' },
    { expr: `sum by (cause) (rate(visor_hub_http_refused_total${rate}))`, legend: 'request: {{cause}}' },
    { expr: `sum by (limit) (rate(visor_hub_refused_queries_total${rate}))`, legend: 'query: {{limit}}' },
  ),
  lines(
    { title: 'Alerts', description: 'Fired and resolved', unit: 'ops' },
    { expr: `sum by (state) (rate(visor_hub_alert_transitions_total${rate}))`, legend: '{{state}}' },
  ),
  lines(
    { title: 'Memory of hubs', description: 'Resident, and batches in hand', unit: 'bytes' },
    {
      expr: 'process_resident_memory_bytes and on (instance, job) visor_hub_build_info',
      legend: '{{instance}}',
    },
    { expr: 'sum by (instance) (visor_hub_ingest_held_bytes)', legend: '{{instance}}: batches' },
  ),
  promTable(
    {
      title: 'Least fresh agents',
      description: 'Seconds since the newest row that is stored, of the twenty with the oldest',
      unit: 's',
      width: 24,
    },
    { expr: 'topk(20, time() - max by (agent) (visor_hub_agent_rows_timestamp_seconds))' },
  ),
];

export const fleet = dashboard({
  name: 'fleet',
  title: 'Visor: fleet health',
  description:
    'Whether agents, NATS, hubs and ClickHouse do their work, and what is missing where they did not.',
  rows: [
    { title: 'Hubs, from Prometheus', panels: hubPanels },
    { title: 'Agents, from Prometheus', panels: agentPanels },
    {
      title: 'What is stored and what is missing, from ClickHouse',
      panels: [
        sqlLines(
          { title: 'Rows stored by agent', description: 'Packets a minute, by the counts', stack: true },
          {
            sql: `SELECT $__timeInterval(minute) AS time, agent_id, sum(packets) AS packets FROM flows_1m AS f FINAL WHERE $__timeFilter(minute) AND ${agents} AND f.packets > 0 GROUP BY time, agent_id ORDER BY time`,
          },
        ),
        sqlLines(
          { title: 'Lost events by cause', description: 'When they were lost, as agents told', stack: true },
          {
            sql: `SELECT $__timeInterval(ts) AS time, cause, sum(events) AS lost FROM losses FINAL WHERE $__timeFilter(ts) AND ${agents} GROUP BY time, cause ORDER BY time`,
          },
        ),
        sqlTable(
          { title: 'Losses', description: 'Gaps by agent, netns and cause' },
          {
            sql: `SELECT agent_id AS agent, netns, cause, sum(events) AS lost, min(ts) AS first, max(until) AS last FROM losses FINAL WHERE $__timeFilter(ts) AND ${agents} GROUP BY agent_id, netns, cause ORDER BY lost DESC LIMIT 50`,
          },
        ),
        sqlTable(
          { title: 'Size of the tables', description: 'On the disk of ClickHouse' },
          {
            sql: 'SELECT `table`, sum(rows) AS stored_rows, formatReadableSize(sum(bytes_on_disk)) AS size, count() AS parts FROM system.parts WHERE active AND database = currentDatabase() GROUP BY `table` ORDER BY sum(bytes_on_disk) DESC',
          },
        ),
      ],
    },
  ],
});
