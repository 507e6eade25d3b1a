import { occurrence, type OccurrenceMetric } from '#app-kit';

/** What happens to alerts and is both told in the log and counted; see occurrences.ts. */

export const alertsNotPublished = occurrence<{ reason: string }>({
  event: 'alerts_not_published',
  level: 'warn',
  message: ({ reason }) => `alerts cannot be published (${reason}); they wait`,
  metric: { counter: 'alert_publish_failures', help: 'Alerts that NATS did not take, each try' },
  repeats: () => '',
});

export const alertStateNotKept = occurrence<{ reason: string }>({
  event: 'alert_state_not_kept',
  level: 'warn',
  message: ({ reason }) => `the state of alerts cannot be kept (${reason}); trying again`,
  metric: { counter: 'alert_checkpoint_failures', help: 'Checkpoints that NATS did not take' },
  repeats: () => '',
});

export const alertsEnded = occurrence<{ alerts: number }>({
  event: 'alerts_ended',
  level: 'warn',
  message: ({ alerts }) =>
    `${alerts} alerts that another hub told do not fire by what this one knows; they are resolved`,
  metric: {
    counter: 'alerts_ended',
    help: 'Alerts of another hub that were resolved because what they came of is not known any more',
  },
  count: ({ alerts }) => alerts,
});

export const missedBatches: OccurrenceMetric = {
  counter: 'alert_missed_batches',
  help: 'Batches that were not evaluated, by why',
  label: 'cause',
  values: ['failed', 'gone', 'too_old'],
};

const missedWhy = {
  gone: 'the stream dropped them before they were read',
  too_old: 'they are older than alerts.max-replay',
};

export const alertBatchesMissed = occurrence<{ cause: keyof typeof missedWhy; batches: number }>({
  event: 'alert_batches_missed',
  level: 'warn',
  message: ({ cause, batches }) => `${batches} batches raised no alert: ${missedWhy[cause]}`,
  metric: missedBatches,
  cause: ({ cause }) => cause,
  count: ({ batches }) => batches,
  repeats: ({ cause }) => cause,
});

export const alertRowsFailed = occurrence<{ sequence: number; reason: string }>({
  event: 'alert_rows_failed',
  level: 'warn',
  message: ({ sequence, reason }) => `batch ${sequence} is left out of alerts: ${reason}`,
  metric: missedBatches,
  cause: () => 'failed',
  repeats: () => '',
});

export const alertRulesetMissed = occurrence<{ stream: string; sequence: number; reason: string }>({
  event: 'alert_ruleset_missed',
  level: 'warn',
  message: ({ stream, sequence, reason }) => `message ${sequence} of ${stream} raises no alert: ${reason}`,
  metric: { counter: 'alert_missed_rulesets', help: 'Changes of rulesets that were not evaluated' },
  repeats: () => '',
});

export const alertsNotStored = occurrence<{ code: string; reason: string }>({
  event: 'alerts_not_stored',
  level: 'warn',
  message: ({ reason }) => `${reason} Alerts wait in the stream until it is back.`,
  metric: {
    counter: 'failed_alert_inserts',
    help: 'Inserts of alerts that ClickHouse did not take, by what it was',
    label: 'reason',
    values: ['unreachable'],
  },
  cause: ({ code }) => code,
  repeats: ({ code }) => code,
});

export const alertsGone = occurrence<{ alerts: number }>({
  event: 'alerts_gone',
  level: 'warn',
  message: ({ alerts }) =>
    `${alerts} alerts were dropped from the stream before they were in the table; VISOR_ALERTS keeps 64 MiB and 7 days unless it is edited`,
  metric: { counter: 'gone_alerts', help: 'Alerts that the stream dropped before they were in the table' },
  count: ({ alerts }) => alerts,
  repeats: () => '',
});

export const webhookNotices: OccurrenceMetric = {
  counter: 'webhook_notices',
  help: 'Alerts at webhooks, by what became of each',
  label: 'outcome',
  values: [
    'taken',
    'retried',
    'dead',
    'held',
    'summary',
    'silenced',
    'unpaired',
    'unwanted',
    'malformed',
    'gone',
  ],
};

export const webhookAlertsGone = occurrence<{ webhook: string; alerts: number }>({
  event: 'webhook_alerts_gone',
  level: 'warn',
  message: ({ webhook, alerts }) =>
    `${alerts} alerts were dropped from the stream before webhook ${webhook} had taken them; table alerts has them (visor-cli alerts list)`,
  metric: webhookNotices,
  cause: () => 'gone',
  count: ({ alerts }) => alerts,
  repeats: ({ webhook }) => webhook,
});

export const webhookRetried = occurrence<{ webhook: string; reason: string; until_s: number }>({
  event: 'webhook_retried',
  level: 'warn',
  message: ({ reason, until_s }) =>
    `${reason}; trying again until the alert is ${until_s} s old (give-up-after)`,
  metric: webhookNotices,
  cause: () => 'retried',
  repeats: ({ webhook }) => webhook,
});

/** Those with a metric. */
export const alertOccurrences = [
  alertsNotPublished,
  alertStateNotKept,
  alertsEnded,
  alertBatchesMissed,
  alertRowsFailed,
  alertRulesetMissed,
  alertsNotStored,
  alertsGone,
  webhookAlertsGone,
  webhookRetried,
];
