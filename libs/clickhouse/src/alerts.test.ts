import { describe, expect, it } from 'vitest';
import { type AlertJson } from './alert-columns.js';
import { type AlertQuery, selectAlertHistory, selectAlerts } from './alerts.js';
import { type Statement } from './engine.js';
import { type Store } from './store.js';
import { nowUs } from './testing/batch.js';
import { storageModes, temporaryStore } from './testing/directory.js';

const start = Math.floor(nowUs() / 1e6) * 1e6 - 3600e6;
const us = (second: number): number => start + second * 1e6;
const time = (second: number): string => new Date(us(second) / 1000).toISOString().replace('Z', '017Z');

const firing = (values: Partial<AlertJson> = {}): AlertJson => ({
  id: 'a1',
  rule: 'port-scan',
  severity: 'warning',
  state: 'firing',
  group: { ip_src: '10.0.0.1', chain: 'o\'b "x" \\ {p0:String}' },
  labels: { team: 'net' },
  value: 21.5,
  threshold: 20,
  message: 'scan by 10.0.0.1 \u{1F600}\n',
  description: '',
  started_at: time(0),
  at: time(0),
  resolved_at: null,
  window_ms: 10_000,
  filter: 'proto == "tcp"',
  packet_id: '18446744073709551615',
  hub: 'hub1',
  silenced: false,
  ...values,
});
const resolved = (alert: AlertJson, second: number): AlertJson => ({
  ...alert,
  state: 'resolved',
  at: time(second),
  resolved_at: time(second),
});

async function read(store: Store, statement: Statement): Promise<AlertJson[]> {
  const lines = (await store.queryText(statement)).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as AlertJson);
}
const idsOf = async (store: Store, query: Partial<AlertQuery>): Promise<string[]> =>
  (await read(store, selectAlerts({ take: { last: 100 }, ...query }))).map(({ id }) => id);

describe.each(storageModes)('alerts (%s)', { timeout: 30_000 }, (mode) => {
  it('come back as they were stored, once, in their newest state', async () => {
    const store = await temporaryStore(mode);
    const bare = firing({
      id: 'a2',
      group: {},
      labels: {},
      value: null,
      threshold: null,
      window_ms: null,
      packet_id: null,
      started_at: time(5),
      at: time(5),
      silenced: true,
    });
    const first = firing();
    // Resolved before it is told to fire, and each more than once: a stream is delivered again.
    await store.storeAlert(resolved(first, 9));
    await Promise.all([first, bare, first, bare].map((alert) => store.storeAlert(alert)));
    expect(await read(store, selectAlerts({ take: { last: 9 } }))).toEqual([resolved(first, 9), bare]);
    expect(await read(store, selectAlertHistory('a1'))).toEqual([first, resolved(first, 9)]);
    expect(await read(store, selectAlertHistory('nobody'))).toEqual([]);
  });

  it('are found by state, time, severity and group', async () => {
    const store = await temporaryStore(mode);
    const alerts = [
      firing({ id: 'old' }),
      resolved(firing({ id: 'old' }), 10),
      firing({ id: 'web', started_at: time(20), at: time(20), group: { ip_src: 'web_1%' } }),
      firing({ id: 'crit', severity: 'critical', started_at: time(30), at: time(30), rule: 'silent' }),
      firing({ id: 'hush', started_at: time(40), at: time(40), silenced: true, labels: {}, group: {} }),
    ];
    await Promise.all(alerts.map((alert) => store.storeAlert(alert)));
    const ids = (query: Partial<AlertQuery>): Promise<string[]> => idsOf(store, query);
    expect(await ids({})).toEqual(['old', 'web', 'crit', 'hush']);
    expect(await ids({ take: { first: 1 } })).toEqual(['old']);
    expect(await ids({ take: { last: 2 } })).toEqual(['crit', 'hush']);
    expect(await ids({ states: ['resolved'] })).toEqual(['old']);
    expect(await ids({ states: ['firing'] })).toEqual(['web', 'crit', 'hush']);
    expect(await ids({ severities: ['critical', 'info'] })).toEqual(['crit']);
    expect(await ids({ silenced: true })).toEqual(['hush']);
    expect(await ids({ sinceUs: us(11) })).toEqual(['web', 'crit', 'hush']);
    expect(await ids({ sinceUs: us(5), untilUs: us(20) })).toEqual(['old']);
    const old = { startedUs: us(0) + 17, id: 'old' };
    expect(await ids({ beyond: old, take: { first: 2 } })).toEqual(['web', 'crit']);
    expect(await ids({ beyond: { startedUs: us(40) + 17, id: 'hush' }, take: { last: 2 } })).toEqual([
      'web',
      'crit',
    ]);
    // Of those that began at one time the id decides.
    expect(await ids({ beyond: { ...old, id: 'om' } })).toEqual(['old']);
    expect(await ids({ beyond: { ...old, id: 'ok' } })).toEqual([]);
    const match = (field: string, values: string[], not = false): Promise<string[]> =>
      ids({ matchers: [{ field, values, not }] });
    expect(await match('rule', ['silent'])).toEqual(['crit']);
    expect(await match('rule', ['s*t', 'x'])).toEqual(['crit']);
    expect(await match('ip_src', ['web_1%'])).toEqual(['web']);
    expect(await match('ip_src', ['web-1x', 'web_1'])).toEqual([]);
    expect(await match('ip_src', ['web_*'])).toEqual(['web']);
    expect(await match('ip_src', ['*'])).toEqual(['old', 'web', 'crit']);
    expect(await match('ip_src', ['10.*'], true)).toEqual(['web', 'hush']);
    expect(await match('labels.team', ['net'], true)).toEqual(['hush']);
    expect(await match('chain', ['o\'b "x" \\ {p0:String}'])).toEqual(['old', 'crit']);
    expect(await match("x'] OR 1 --", ['*'])).toEqual([]);
  });
});

describe('the statement', () => {
  it('for alerts is as in golden/alerts.sql', async () => {
    const statement = selectAlerts({
      states: ['firing'],
      severities: ['critical'],
      silenced: false,
      matchers: [
        { field: 'labels.team', values: ['net*', 'web'], not: false },
        { field: 'ip_src', values: ['10.0.0.1'], not: true },
      ],
      sinceUs: 1_795_000_000_000_000,
      untilUs: 1_795_000_001_000_000,
      beyond: { startedUs: 1_795_000_000_500_000, id: 'a1' },
      take: { last: 100 },
    });
    const text = [statement, selectAlertHistory('a1')]
      .map(({ sql, params }) => `${sql}\n-- ${JSON.stringify(params)}\n`)
      .join('\n');
    await expect(text).toMatchFileSnapshot('../golden/alerts.sql');
  });
});
