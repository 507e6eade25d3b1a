import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig, printConfig } from '#app-kit';
import { HubConfig } from '../config.js';
import { parseWebhooks } from './webhook-config.js';

const hook = { name: 'pager', url: 'https://hooks.example/T0/s3cret' };

function load(yaml: string, env: NodeJS.ProcessEnv = {}): HubConfig {
  const dir = mkdtempSync(join(tmpdir(), 'visor-webhooks-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'hub.yml');
  writeFileSync(file, yaml);
  return loadConfig(HubConfig, { file, env, prefix: 'TH_' });
}

describe('alerts.webhooks', () => {
  it('has defaults, and is shown without its secrets', () => {
    const config = load(`
alerts:
  webhooks:
    - { name: pager, url: https://hooks.example/T0/s3cret }
    - name: chat
      url: http://u:s3cret@127.0.0.1:1/
      form: slack
      secret: s3cret-of-16-characters
      authorization: Bearer s3cret
      min-severity: critical
      match: ["labels.team=net", "ip-src!=10.*"]
      timeout: 2s
      give-up-after: 1d
      max-per-minute: 5
`);
    expect(config.alertWebhooks).toMatchObject([
      {
        ...hook,
        form: 'visor',
        minSeverity: 'info',
        timeoutMs: 10_000,
        giveUpAfterMs: 3_600_000,
        maxPerMinute: 60,
      },
      { form: 'slack', minSeverity: 'critical', timeoutMs: 2000, giveUpAfterMs: 86_400_000, maxPerMinute: 5 },
    ]);
    const shown = printConfig(config);
    expect(shown).not.toContain('s3cret');
    expect(shown).toContain('url: https://hooks.example/…');
    expect(shown).toContain('- ip_src!=10.*');
    expect(shown).toContain('secret: "***"');
  });

  it('comes from the environment as JSON', () => {
    const { alertWebhooks } = load('{}', { TH_ALERTS_WEBHOOKS: JSON.stringify([hook]) });
    expect(alertWebhooks).toMatchObject([hook]);
    expect(load('{}').alertWebhooks).toEqual([]);
  });

  it.each<[unknown, string]>([
    [{}, 'alerts.webhooks is not allowed; it takes a list of webhooks'],
    ['[', 'alerts.webhooks is not allowed'],
    [[7], 'alerts.webhooks[0] is no webhook; it takes name, url and form'],
    [[{ url: 'http://x' }], 'alerts.webhooks[0].name is missing; it takes a name of letters'],
    [[{ ...hook, name: 'a.b' }], 'alerts.webhooks[0].name is not allowed'],
    [
      [hook, { name: 'b', url: 'ftp://x' }],
      'alerts.webhooks[1].url is not allowed; it takes an address http(s)',
    ],
    [[{ ...hook, url: 'http://[' }], 'alerts.webhooks[0].url is no address'],
    [[hook, hook], 'alerts.webhooks: two webhooks are named pager'],
    [
      [{ ...hook, form: 'teams' }],
      '"teams" is not allowed; it takes visor, alertmanager, alertmanager-api, slack',
    ],
    [
      [{ ...hook, secret: 'short' }],
      'alerts.webhooks[0].secret is not allowed; it takes text of 16 characters',
    ],
    [[{ ...hook, authorization: 'a\nb' }], 'alerts.webhooks[0].authorization is not allowed'],
    [[{ ...hook, 'min-severity': 'page' }], '"page" is not allowed; it takes info, warning, critical'],
    [[{ ...hook, match: ['x'] }], 'alerts.webhooks[0].match: "x" is no matcher'],
    [[{ ...hook, match: [7] }], 'alerts.webhooks[0].match is not allowed; it takes a list of matchers'],
    [[{ ...hook, timeout: '10' }], 'alerts.webhooks[0].timeout: "10" is not allowed; it takes a duration'],
    [[{ ...hook, timeout: '2h' }], 'alerts.webhooks[0].timeout: "2h" is not allowed'],
    [[{ ...hook, 'max-per-minute': 0 }], 'alerts.webhooks[0].max-per-minute: 0 is not allowed'],
    [[{ ...hook, retries: 3 }], 'alerts.webhooks[0].retries is not known; there are name, url, form'],
    [Array(40).fill(hook), 'alerts.webhooks has 40 webhooks; it takes at most 32'],
  ])('%j is refused', (raw, why) => {
    expect(() => parseWebhooks(raw)).toThrow(why);
  });

  it('that is refused ends the start with its key, and shows no secret', () => {
    const yaml = 'alerts: { webhooks: [{ name: a, url: "ftp://s3cret" }] }';
    expect(() => load(yaml)).toThrow(
      /^alerts\.webhooks\[0\]\.url is not allowed; it takes an address http\(s\):\/\/…$/,
    );
  });
});
