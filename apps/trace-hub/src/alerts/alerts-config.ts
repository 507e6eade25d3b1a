import { duration, fileList, integer, list, Setting, text } from '#app-kit';
import { readyRules } from '#alerts';
import { AlertDeliveryConfig } from '../alert-delivery/webhook-config.js';

/** The rules that come with Visor and run unless the operator says otherwise: they need no numbers of his own network. */
const usualReady: readonly string[] = [
  'port-scan',
  'host-sweep',
  'drop-spike',
  'ruleset-changed',
  'agent-lost-events',
  'agent-silent',
];

/** Which alert rules the hub runs. See docs/alert-rules.md. */
export class AlertsConfig extends AlertDeliveryConfig {
  @Setting(
    'alerts.rules',
    'Alert rules; read again when the file changes, and on SIGHUP',
    fileList('alert rules as docs/alert-rules.md has them'),
  )
  alertsRules: readonly unknown[] = [];

  @Setting(
    'alerts.directory',
    'Directory with files (*.yaml, *.yml) of more of them, each a list "alerts:"; read again when they change, and on SIGHUP',
    text({ optional: true, allowed: 'the path of a directory, or nothing' }),
  )
  alertsDirectory = '';

  @Setting(
    'alerts.ready',
    'Rules that come with Visor and run beside those; a rule of the same name takes the place of one',
    list({ words: readyRules.map(({ name }) => name) }, { optional: true }),
  )
  alertsReady: readonly string[] = usualReady.filter((name) => readyRules.some((rule) => rule.name === name));

  @Setting(
    'alerts.max-groups',
    'Groups that one rule keeps at a time; rows of others are counted and left out',
    integer({ min: 1, max: 10_000_000 }),
  )
  alertsMaxGroups = 10_000;

  @Setting(
    'alerts.max-replay',
    'How far back rules go on in the stream after a time in which no hub ran; batches before that raise no alert',
    duration({ min: 0, max: 24 * 3_600_000 }),
  )
  alertsMaxReplayMs = 3_600_000;

  @Setting(
    'alerts.test-rows',
    'Most rows that one test of a rule over stored packets looks at',
    integer({ min: 1000, max: 1_000_000_000 }),
  )
  alertsTestRows = 5_000_000;
}
