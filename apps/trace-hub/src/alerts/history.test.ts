import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AlertEngine, parseRules, type HistoryRequest, type HistoryRow } from '#alerts';
import { alertsStream, type AlertMessage } from '#bus';
import { counted, nowUs, publishRows, startReplica, startTestHub, type TestHub } from '../testing/hub.js';
import { ip4 } from '../testing/traffic.js';
import { AlertHistory } from './alert-history.js';
import { AlertsService } from './alerts.service.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const hour_us = 3600e6;
/** The hour before the one before this one: all of it is stored and over. */
const hour = (Math.floor(nowUs() / hour_us) - 2) * hour_us;

let hub: TestHub;
let directory: string;
let batch = 0n;
let packet = 1n;

async function store(rows: readonly object[]): Promise<void> {
  const before = hub.counters.counter('ingest_rows').value;
  const whole = rows.map((row) => ({ packet_id: ++packet, decisive: true, fate: 'accepted', ...row }));
  await publishRows(hub, 'web1', ++batch, whole);
  await counted(hub, 'ingest_rows', before + rows.length);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'visor-history-'));
  hub = await startTestHub({ alertsDirectory: directory, reloadIntervalMs: 50 });
  await store([
    { ts: hour + 10e6, ip_src: ip4(1), dport: 80, len: 100 },
    { ts: hour + 20e6, ip_src: ip4(1), dport: 80, len: 50, sampling: 3 },
    { ts: hour + hour_us + 5e6, ip_src: ip4(1), dport: 80, len: 7 },
    { ts: hour + 30e6, ip_src: ip4(2), dport: 80, len: 1 },
    { ts: hour + 40e6, ip_src: ip4(3), dport: 443, len: 1 },
    // A hop, and a packet of another fate.
    { ts: hour + 50e6, ip_src: ip4(4), dport: 80, decisive: false },
    { ts: hour + 60e6, ip_src: ip4(5), dport: 80, fate: 'dropped' },
  ]);
});
afterAll(async () => {
  await hub.destroy();
  rmSync(directory, { recursive: true, force: true });
});

describe('what rules are told of the time before', () => {
  interface Told {
    readonly request: HistoryRequest;
    readonly rows: readonly HistoryRow[];
  }
  /** @returns what a rule is told now; undefined where it is told nothing */
  async function told(rule: string, of: Pick<TestHub, 'nest'> = hub): Promise<Told | undefined> {
    const { rules, faults } = parseRules(`alerts:\n  - { name: a, ${rule} }`, 'test');
    expect(faults).toEqual([]);
    const engine = new AlertEngine(rules, { maxGroups: 100 });
    let answer: Told | undefined;
    const asking = {
      historyRequests: (now_us: number) => engine.historyRequests(now_us),
      learn: (request: HistoryRequest, rows: readonly HistoryRow[]) => void (answer = { request, rows }),
    };
    const history = of.nest.get(AlertHistory, { strict: false });
    await history.teach(asking, nowUs(), () => false);
    return answer;
  }
  const sorted = (rows: readonly HistoryRow[]): HistoryRow[] =>
    [...rows].sort(
      (a, b) => a.at_us - b.at_us || JSON.stringify(a.values).localeCompare(JSON.stringify(b.values)),
    );

  it('are values, and up to when each may have been seen', async () => {
    const rule =
      'filter: dport == 80 and fate == accepted, by: [agent_id], when: { new: [ip_src], learn: 1d }';
    const answer = await told(rule);
    expect(answer?.request).toMatchObject({ kind: 'seen', columns: ['agent_id', 'ip_src'] });
    const last = new Map<string, number>();
    for (const { values, at_us } of answer?.rows ?? []) {
      expect(values['agent_id']).toBe('web1');
      last.set(values['ip_src'] ?? '', Math.max(at_us, last.get(values['ip_src'] ?? '') ?? 0));
    }
    expect(Object.fromEntries(last)).toEqual({ '10.0.0.1': hour + 2 * hour_us, '10.0.0.2': hour + hour_us });
  });

  it('are sums by hour, in which a sampled packet counts for as many as it stands for', async () => {
    const rule = (of: string): string =>
      `filter: dport == 80 and fate == accepted, by: [ip_src], when: { deviation: { of: ${of}, factor: 3 }, window: 5m }`;
    const one = { ip_src: '10.0.0.1' };
    expect(sorted((await told(rule('packets')))?.rows ?? [])).toEqual([
      { values: one, at_us: hour, sum: 4 },
      { values: { ip_src: '10.0.0.2' }, at_us: hour, sum: 1 },
      { values: one, at_us: hour + hour_us, sum: 1 },
    ]);
    const bytes = sorted((await told(rule('bytes')))?.rows ?? []);
    expect(bytes.map(({ sum }) => sum)).toEqual([250, 1, 7]);
  });

  it('are of hops where a rule is', async () => {
    const answer = await told('of: hops, filter: dport == 80, when: { new: [ip_src], learn: 1d }');
    expect(answer?.rows.map(({ values }) => values['ip_src'])).toContain('10.0.0.4');
  });

  it('is nothing where the store refuses: the rule learns by itself, and that is told', async () => {
    const poor = await startReplica(hub, { queryMaxMemory: 1 });
    expect(await told('filter: dport == 80, when: { new: [ip_src], learn: 1d }', poor)).toBeUndefined();
    await hub.log.next(/^alert rule a learns by itself: /);
    await poor.destroy();
  });
});

async function alerts(): Promise<AlertMessage[]> {
  const { state } = await hub.bus.manager.streams.info(alertsStream);
  const found: AlertMessage[] = [];
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
    const message = await hub.bus.manager.streams.getMessage(alertsStream, { seq });
    if (message) found.push(message.json<AlertMessage>());
  }
  return found;
}
const evaluates = (of: Pick<TestHub, 'nest'>): Promise<void> =>
  vi.waitFor(() => expect(of.nest.get(AlertsService, { strict: false }).evaluates).toBe(true), {
    timeout: 60_000,
    interval: 50,
  });

describe('a hub', () => {
  it('tells of a new value, and not of one that is stored', async () => {
    const rule = {
      name: 'new',
      by: ['agent_id'],
      filter: 'dport == 80',
      when: { new: ['ip_src'], learn: '1d' },
    };
    writeFileSync(join(directory, 'a.yaml'), JSON.stringify({ alerts: [rule] }));
    await evaluates(hub);
    // It has been told.
    await vi.waitFor(() => expect(hub.nest.get(AlertsService).engine?.historyRequests(nowUs())).toEqual([]), {
      timeout: 60_000,
    });
    await store([1, 9].map((from) => ({ ts: nowUs(), ip_src: ip4(from), dport: 80 })));
    await vi.waitFor(async () => expect((await alerts()).length).toBeGreaterThan(0), { timeout: 60_000 });
    expect((await alerts()).map(({ group, state }) => [group['ip_src'], state])).toEqual([
      ['10.0.0.9', 'firing'],
    ]);
  });

  it('goes back as far as alerts.max-replay, and says what it leaves out', async () => {
    writeFileSync(
      join(directory, 'a.yaml'),
      'alerts:\n  - { name: every, filter: dport == 7, by: [ip_src], when: { every: true } }\n',
    );
    await vi.waitFor(
      () => expect(hub.nest.get(AlertsService).engine?.rules.map(({ name }) => name)).toEqual(['every']),
      { timeout: 60_000 },
    );
    const kept = hub.counters.counter('alert_checkpoints').value;
    await counted(hub, 'alert_checkpoints', kept + 2);
    await hub.nest.get(AlertsService).onModuleDestroy();
    await store([{ ts: nowUs(), ip_src: ip4(11), dport: 7 }]);
    await store([{ ts: nowUs(), ip_src: ip4(12), dport: 7 }]);
    await sleep(6000);
    const late = await startReplica(hub, { alertsDirectory: directory, alertsMaxReplayMs: 4000 });
    await evaluates(late);
    expect(late.counters.counter('alert_missed_batches', 'too_old').value).toBe(2);
    await hub.log.next(/^2 batches raised no alert: they are older than alerts.max-replay/);
    await store([{ ts: nowUs(), ip_src: ip4(13), dport: 7 }]);
    const ofEvery = async () => (await alerts()).filter(({ rule }) => rule === 'every');
    await vi.waitFor(async () => expect(await ofEvery()).toHaveLength(1), { timeout: 60_000 });
    expect((await ofEvery())[0]?.group).toEqual({ ip_src: '10.0.0.13' });
    await late.destroy();
  });
});
