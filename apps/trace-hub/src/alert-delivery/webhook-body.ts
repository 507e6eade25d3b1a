import { type AlertMessage, type AlertSeverity } from '#bus';
import { type WebhookForm } from './webhook-config.js';

/** What a webhook was not told of one by one: more came than it takes in a minute. */
export interface HeldAlerts {
  readonly since: string;
  readonly until: string;
  readonly firing: number;
  readonly resolved: number;
  /** How many of each rule, those with most first; a few. */
  readonly rules: Readonly<Record<string, number>>;
}

/** What is told to a webhook. */
export type Notice =
  | { readonly kind: 'alert'; readonly alert: AlertMessage }
  | { readonly kind: 'held'; readonly held: HeldAlerts };

const json = (value: unknown): string => JSON.stringify(value);

/** The end of alerts that fire: Alertmanager would else take them for resolved after some minutes. */
const farOff = (at: string): string => new Date(Date.parse(at) + 7 * 86_400_000).toISOString();
const never = '0001-01-01T00:00:00Z';

const heldSentence = ({ firing, resolved, rules }: HeldAlerts): string => {
  const named = Object.entries(rules).map(([rule, count]) => `${count} of ${rule}`);
  return `${firing} more alerts fired and ${resolved} were resolved than this webhook takes in a minute: ${named.join(', ')}`;
};

interface PrometheusAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** Names of labels are letters, digits and `_`. */
const labelName = (name: string): string => name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');

function prometheusAlert(notice: Notice): PrometheusAlert {
  if (notice.kind === 'held') {
    const { since, until, rules } = notice.held;
    return {
      labels: { alertname: 'VisorAlertsHeld', severity: 'warning' },
      annotations: { summary: heldSentence(notice.held), rules: json(rules) },
      startsAt: since,
      endsAt: until,
    };
  }
  const { alert } = notice;
  const own = { ...alert.labels, ...alert.group };
  return {
    labels: {
      ...Object.fromEntries(Object.entries(own).map(([name, value]) => [labelName(name), value])),
      alertname: alert.rule,
      severity: alert.severity,
    },
    annotations: {
      summary: alert.message,
      description: alert.description,
      visor_id: alert.id,
      ...(alert.value !== null && { value: String(alert.value) }),
      ...(alert.packet_id !== null && { packet_id: alert.packet_id }),
    },
    startsAt: alert.started_at,
    endsAt: alert.resolved_at ?? farOff(alert.at),
  };
}

/** As Alertmanager tells its own receivers: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
function alertmanagerBody(notice: Notice): unknown {
  const alert = prometheusAlert(notice);
  const firing = notice.kind === 'alert' && notice.alert.state === 'firing';
  const status = firing ? 'firing' : 'resolved';
  const group = { alertname: alert.labels['alertname'] ?? '' };
  return {
    version: '4',
    groupKey: `{}:${json(group)}`,
    truncatedAlerts: 0,
    status,
    receiver: 'visor',
    groupLabels: group,
    commonLabels: alert.labels,
    commonAnnotations: alert.annotations,
    externalURL: '',
    alerts: [
      {
        ...alert,
        status,
        endsAt: firing ? never : alert.endsAt,
        generatorURL: '',
        fingerprint: notice.kind === 'alert' ? notice.alert.id : '',
      },
    ],
  };
}

const slackColors = { info: '#439fe0', warning: '#daa038', critical: '#d00000' } satisfies Record<
  AlertSeverity,
  string
>;
const good = '#2eb67d';

/** `<…>` would be a link or a call to everybody. */
const slackText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function slackBody(notice: Notice): unknown {
  if (notice.kind === 'held') {
    const text = slackText(heldSentence(notice.held));
    return { text, attachments: [{ color: slackColors.warning, fallback: text, text }] };
  }
  const { alert } = notice;
  const resolved = alert.state === 'resolved';
  const head = `${resolved ? 'Resolved' : alert.severity.toUpperCase()}: ${slackText(alert.rule)}`;
  // Where a rule has no message of its own, its name is the beginning.
  const own = `${alert.rule}: `;
  const text = slackText(alert.message.startsWith(own) ? alert.message.slice(own.length) : alert.message);
  return {
    text: `${head}: ${text}`,
    attachments: [
      {
        color: resolved ? good : slackColors[alert.severity],
        fallback: `${head}: ${text}`,
        title: head,
        text,
        fields: Object.entries(alert.group).map(([title, value]) => ({
          title: slackText(title),
          value: slackText(value),
          short: true,
        })),
        footer: slackText(`Visor ${alert.hub}`),
        ts: Math.floor(Date.parse(alert.at) / 1000),
      },
    ],
  };
}

const bodies = {
  visor: (notice) => notice,
  alertmanager: alertmanagerBody,
  /** As Prometheus tells Alertmanager, at its /api/v2/alerts. */
  'alertmanager-api': (notice) => [{ ...prometheusAlert(notice), generatorURL: '' }],
  slack: slackBody,
} satisfies Record<WebhookForm, (notice: Notice) => unknown>;

/** @returns the body of the request, JSON */
export const webhookBody = (form: WebhookForm, notice: Notice): string => json(bodies[form](notice));
