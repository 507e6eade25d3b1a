import { describe, expect, it } from 'vitest';
import { firingAlert, resolvedAlert } from '../testing/alerts.js';
import { type HeldAlerts, type Notice, webhookBody } from './webhook-body.js';
import { type WebhookForm } from './webhook-config.js';

const at = '2026-11-22T05:00:00.123456Z';
const end = '2026-11-22T05:01:00.000001Z';
const firing = firingAlert({
  severity: 'critical',
  started_at: at,
  at,
  message: 'scan <!channel> & co',
  group: { ip_src: '10.0.0.1', 'odd-name': '<x>' },
});
const resolved = resolvedAlert(firing, { at: end, resolved_at: end });
const held: HeldAlerts = { since: at, until: end, firing: 7, resolved: 3, rules: { 'port-scan': 9, x: 1 } };
const bodyOf = (form: WebhookForm, notice: Notice): unknown => JSON.parse(webhookBody(form, notice));

const labels = {
  alertname: 'port-scan',
  severity: 'critical',
  team: 'net',
  ip_src: '10.0.0.1',
  odd_name: '<x>',
};

describe('the body of a webhook', () => {
  it('of form visor is what happened', () => {
    expect(bodyOf('visor', { kind: 'alert', alert: firing })).toEqual({ kind: 'alert', alert: firing });
    expect(bodyOf('visor', { kind: 'held', held })).toEqual({ kind: 'held', held });
  });

  it('of form alertmanager is as Alertmanager tells its receivers', () => {
    const body = bodyOf('alertmanager', { kind: 'alert', alert: firing });
    expect(body).toMatchObject({
      version: '4',
      status: 'firing',
      receiver: 'visor',
      groupKey: '{}:{"alertname":"port-scan"}',
      groupLabels: { alertname: 'port-scan' },
      commonLabels: labels,
      alerts: [
        {
          status: 'firing',
          labels,
          annotations: { summary: firing.message, description: 'many ports', value: '21' },
          startsAt: at,
          endsAt: '0001-01-01T00:00:00Z',
          fingerprint: 'a1',
        },
      ],
    });
    expect(bodyOf('alertmanager', { kind: 'alert', alert: resolved })).toMatchObject({
      status: 'resolved',
      alerts: [{ status: 'resolved', startsAt: at, endsAt: end }],
    });
    // What has no end of its own must not fire for ever.
    expect(bodyOf('alertmanager', { kind: 'held', held })).toMatchObject({
      status: 'resolved',
      alerts: [{ labels: { alertname: 'VisorAlertsHeld' }, endsAt: end }],
    });
  });

  it('of form alertmanager-api is as Prometheus tells Alertmanager, and fires until it is resolved', () => {
    const [alert] = bodyOf('alertmanager-api', { kind: 'alert', alert: firing }) as { endsAt: string }[];
    expect(alert).toMatchObject({ labels, startsAt: at });
    expect(Date.parse(alert?.endsAt ?? '') - Date.parse(at)).toBe(7 * 86_400_000);
    expect(bodyOf('alertmanager-api', { kind: 'alert', alert: resolved })).toMatchObject([
      { labels, endsAt: end },
    ]);
  });

  it('of form slack has the name of a rule without a message once', () => {
    const alert = { ...firing, rule: 'telnet', message: 'telnet: a packet matches' };
    expect(webhookBody('slack', { kind: 'alert', alert })).toContain(
      '"text":"CRITICAL: telnet: a packet matches"',
    );
  });

  it('of form slack calls nobody, whatever a name says', () => {
    const body = webhookBody('slack', { kind: 'alert', alert: firing });
    expect(body).not.toMatch(/<[!@#x]/);
    expect(JSON.parse(body)).toMatchObject({
      text: 'CRITICAL: port-scan: scan &lt;!channel&gt; &amp; co',
      attachments: [
        {
          color: '#d00000',
          title: 'CRITICAL: port-scan',
          fields: [
            { title: 'ip_src', value: '10.0.0.1', short: true },
            { title: 'odd-name', value: '&lt;x&gt;', short: true },
          ],
          ts: Math.floor(Date.parse(at) / 1000),
        },
      ],
    });
    expect(bodyOf('slack', { kind: 'alert', alert: resolved })).toMatchObject({
      text: 'Resolved: port-scan: scan &lt;!channel&gt; &amp; co',
      attachments: [{ color: '#2eb67d' }],
    });
    expect(bodyOf('slack', { kind: 'held', held })).toMatchObject({
      text: '7 more alerts fired and 3 were resolved than this webhook takes in a minute: 9 of port-scan, 1 of x',
    });
  });
});
