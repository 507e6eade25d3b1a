import { duration, integer, NatsConfig, Setting, url } from '#app-kit';

/** What the hub tells of itself, to Prometheus and to a collector of traces. See docs/observability.md. */
export class TelemetryConfig extends NatsConfig {
  @Setting(
    'metrics.max-agents',
    'Agents that have series of their own at /metrics, in the order of their names; visor_hub_agents counts all',
    integer({ min: 0, max: 10_000 }),
  )
  metricsMaxAgents = 1000;

  @Setting(
    'tracing.endpoint',
    'Where traces of ingest and of queries go, OTLP over HTTP (http://127.0.0.1:4318/v1/traces); nothing = none are made',
    url(['http', 'https'], { optional: true }),
  )
  tracingEndpoint = '';

  @Setting(
    'tracing.sample-percent',
    'How many of 100 traces are kept, of those that no client has decided on',
    integer({ min: 0, max: 100 }),
  )
  tracingSamplePercent = 100;

  @Setting(
    'tracing.timeout',
    'How long the collector may take for what it is sent; what it does not take by then is counted and gone',
    duration({ min: 100, max: 60_000 }),
  )
  tracingTimeoutMs = 5000;
}
