import { type MetricDefinition } from '#app-kit';
import { type Settlement } from '#bus';
import { type Kinds } from './kinds.js';

/** What the hub knows of alerts beside its counters. */
export interface AlertFacts {
  /** How many fire, by severity; none where another hub evaluates. */
  readonly firing: () => Readonly<Record<string, number>>;
  /** Whether this hub evaluates the rules. */
  readonly evaluates: () => boolean;
  /** How many rules there are. */
  readonly rules: () => number;
  /** Of each webhook, by its name. */
  readonly webhooks: () => {
    readonly failing: Readonly<Record<string, number>>;
    readonly backlogs: Readonly<Record<string, number>>;
  };
}

/** Of the evaluation: one hub has it, the others tell zeros. */
export function alertMetrics(
  { one, many }: Kinds,
  { firing, evaluates, rules }: AlertFacts,
): MetricDefinition[] {
  const gauge = (
    name: string,
    help: string,
    read: MetricDefinition['read'],
    label?: string,
  ): MetricDefinition => ({
    name: `visor_hub_${name}`,
    help,
    kind: 'gauge',
    read,
    ...(label !== undefined && { label }),
  });
  return [
    gauge(
      'alerts_firing',
      'Alerts that fire, by severity; 0 at hubs that do not evaluate',
      firing,
      'severity',
    ),
    gauge('alerts_evaluating', 'Whether this hub evaluates the alert rules; one of them does', () =>
      Number(evaluates()),
    ),
    gauge('alert_rules', 'Alert rules in force', rules),
    many(
      'alert_transitions',
      'Alerts that this hub published, by their new state',
      'state',
      'alert_transitions',
      {
        firing: 0,
        resolved: 0,
      },
    ),
    one('alert_rows', 'Rows that were evaluated', 'alert_rows'),
    one('alerts_repeated', 'Alerts that were in the stream already after a hub took over', 'alerts_repeated'),
    one('alert_checkpoints', 'Checkpoints of the evaluation written', 'alert_checkpoints'),
  ];
}

/** Of what becomes of alerts after they are published. */
export function alertDeliveryMetrics({ one, many }: Kinds, { webhooks }: AlertFacts): MetricDefinition[] {
  const settled = (settlement: Settlement): string => `alert_deliveries_${settlement}`;
  const byName = (
    name: string,
    help: string,
    read: () => Readonly<Record<string, number>>,
  ): MetricDefinition => ({ name: `visor_hub_${name}`, help, kind: 'gauge', label: 'webhook', read });
  return [
    one('stored_alerts', 'Alerts stored, each state', 'alerts_stored'),
    one('alert_retries', 'Alerts that wait because ClickHouse is away, each try', 'alert_retries'),
    one('alert_errors', 'Alerts that failed unexpectedly, each try', settled('error')),
    many('rejected_alerts', 'Alerts that can never be stored, by reason', 'reason', settled('rejected')),
    byName('webhook_failing', 'Whether the last request to a webhook failed', () => webhooks().failing),
    byName(
      'webhook_backlog',
      'Alerts that wait behind the one that a webhook was given last',
      () => webhooks().backlogs,
    ),
  ];
}
