import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { alertsStream } from '#bus';
import { type AlertJson } from '#clickhouse';
import { type HeldAlerts } from '../alert-delivery/webhook-body.js';
import { parseWebhooks } from '../alert-delivery/webhook-config.js';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { Receiver } from '../testing/receiver.js';
import { ip4 } from '../testing/traffic.js';
import { type RulesJson } from './alert-rules.controller.js';

/** VISOR_STORM=10000 npx vitest run --project unit apps/trace-hub/src/alerts/storm.test.ts: a great one, with figures. */
const alerts = Number(process.env['VISOR_STORM'] ?? 2000);
const tellFigures = process.env['VISOR_STORM'] !== undefined;
/** Groups for which the rule has no room. */
const tooMany = 200;
const perMinute = 60;

vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

const rules = `
alerts:
  - name: storm
    filter: dport == 7
    by: [ip_src]
    when: { every: true }
    resolve-after: 1s
    cool-down: 1h
`;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** MB that are in use. */
function heap(): number {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'visor-storm-'));
  writeFileSync(join(directory, 'a.yaml'), rules);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let batch = 0n;
let packet = 1n;

/** Publishes dropped packets to a port, each from an address of its own. */
function publish(hub: TestHub, agent: string, dport: number, from: number, count: number): Promise<number> {
  const rows = Array.from({ length: count }, (_, at) => {
    const ip_src = ip4(0);
    ip_src.set([1 + ((from + at) >> 8), (from + at) & 255], 14);
    return { ts: nowUs(), packet_id: ++packet, decisive: true, fate: 'dropped', ip_src, dport };
  });
  return publishRows(hub, agent, ++batch, rows);
}

let steady = 0;

/** @returns how long each batch of an agent that goes on as ever took until it was stored, ms, while something else goes on */
async function measure(hub: TestHub, work: () => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  let stopped = false;
  const stored = async (): Promise<number> => {
    const answer = await hub.nest.inject('/api/v1/aggregate?by=agent-id&agent-id=steady&since=1h');
    return Number(answer.json<{ rows: { packets: number }[] }>().rows[0]?.packets ?? 0);
  };
  const done = (async () => {
    while (!stopped) {
      const began = performance.now();
      await publish(hub, 'steady', 80, 0, 100);
      steady += 100;
      while ((await stored()) < steady) await sleep(20);
      took.push(Math.round(performance.now() - began));
    }
  })();
  await work();
  stopped = true;
  await done;
  return took;
}

const figures = (took: readonly number[]): object => {
  const sorted = [...took].sort((a, b) => a - b);
  return { batches: took.length, median_ms: sorted[took.length >> 1], most_ms: sorted.at(-1) };
};

const outcome = (hub: TestHub, name: string): number => hub.counters.counter('webhook_notices', name).value;
/** Resolves when so many alerts were told or held back. */
async function settled(hub: TestHub, count: number): Promise<void> {
  while (outcome(hub, 'taken') + outcome(hub, 'held') < count) await sleep(20);
}
/** The ids of the alerts that it was told of. */
const toldOf = (receiver: Receiver, state: AlertJson['state']): Set<string> =>
  new Set(
    receiver.got.flatMap(({ json }) => {
      const { alert } = json as { alert?: AlertJson };
      return alert?.state === state ? alert.id : [];
    }),
  );
const heldOf = (receiver: Receiver): HeldAlerts[] =>
  receiver.got.map(({ json }) => (json as { held?: HeldAlerts }).held).filter((held) => held !== undefined);

async function rulesOf(hub: TestHub): Promise<RulesJson> {
  return (await hub.nest.inject('/api/v1/alerts/rules')).json<RulesJson>();
}

/** All alerts of the REST API, page by page. */
async function listed(hub: TestHub): Promise<AlertJson[]> {
  const found: AlertJson[] = [];
  for (let cursor = ''; ;) {
    const answer = await hub.nest.inject(`/api/v1/alerts?limit=1000${cursor}`);
    const { rows, next } = answer.json<{ rows: AlertJson[]; next?: string }>();
    found.push(...rows);
    if (next === undefined) return found;
    cursor = `&cursor=${next}`;
  }
}

describe('a storm of alerts', () => {
  it('blocks nothing, takes bounded memory, and loses none without saying so', async () => {
    const good = await Receiver.start();
    const failing = await Receiver.start((response) => void response.writeHead(500).end());
    const hanging = await Receiver.start(() => undefined);
    const hub = await startTestHub({
      alertsDirectory: directory,
      alertsMaxGroups: alerts,
      alertWebhooks: parseWebhooks([
        { name: 'good', url: good.url, 'max-per-minute': perMinute },
        { name: 'failing', url: failing.url, 'max-per-minute': perMinute },
        { name: 'hanging', url: hanging.url, timeout: '1s' },
      ]),
    });
    onTestFinished(() => hub.destroy());
    await vi.waitFor(async () => expect((await rulesOf(hub)).evaluates).toBe(true), { timeout: 60_000 });
    const calm = await measure(hub, () => sleep(3000));
    const before = heap();

    const storm = await measure(hub, async () => {
      const began = performance.now();
      for (let at = 0; at < alerts + tooMany; at += 1000)
        await publish(hub, 'storm', 7, at, Math.min(1000, alerts + tooMany - at));
      const published_ms = performance.now() - began;
      await counted(hub, 'alert_transitions', alerts, 'firing');
      const fired_ms = performance.now() - began;
      await counted(hub, 'alert_transitions', alerts, 'resolved');
      await counted(hub, 'alerts_stored', 2 * alerts);
      await settled(hub, 2 * alerts);
      if (tellFigures) console.log({ published_ms, fired_ms, all_ms: performance.now() - began });
    });
    const grown = heap() - before;
    if (tellFigures) console.log({ calm: figures(calm), storm: figures(storm), heap_MB: before, grown });

    // What others store is stored all the while, not after it.
    expect(storm.length).toBeGreaterThan(1);
    expect(Math.max(...storm)).toBeLessThan(20_000);
    expect(grown).toBeLessThan(100);

    const { state } = await hub.bus.manager.streams.info(alertsStream);
    expect(state.messages).toBe(2 * alerts);
    const all = await listed(hub);
    expect(new Set(all.map(({ id }) => id)).size).toBe(alerts);
    expect(all.filter((alert) => alert.state === 'resolved')).toHaveLength(alerts);
    const [rule] = (await rulesOf(hub)).rules;
    expect(rule?.state).toMatchObject({ groups: alerts, dropped_rows: tooMany });

    // Those that do not take it still have all of it to come, which is known when the first one is tried again.
    await vi.waitFor(
      async () => {
        const lines = (await hub.nest.inject('/metrics')).body.split('\n');
        const waiting = lines.filter((line) =>
          /^visor_hub_webhook_backlog\{.*"(failing|hanging)"/.test(line),
        );
        const counts = waiting.map((line) => Number(line.split(' ')[1]));
        expect([counts.length, Math.min(...counts) > alerts, Math.max(...counts)], waiting.join()).toEqual([
          2,
          true,
          2 * alerts - 1,
        ]);
      },
      { timeout: 240_000, interval: 200 },
    );
    failing.got.length = 0;
    failing.answer = (response) => void response.writeHead(204).end();
    await settled(hub, 4 * alerts);
    expect(outcome(hub, 'dead')).toBe(0);

    await hub.nest.close();
    // Each was told, or is in a summary; and of what was told the end was told too.
    for (const receiver of [good, failing]) {
      const [begun, ended] = [toldOf(receiver, 'firing'), toldOf(receiver, 'resolved')];
      expect(begun.size).toBeGreaterThan(perMinute / 2);
      expect(begun.size).toBeLessThan(alerts / 2);
      expect(ended).toEqual(begun);
      const held = heldOf(receiver);
      const sum = (state: 'firing' | 'resolved') => held.reduce((count, each) => count + each[state], 0);
      expect([sum('firing'), sum('resolved')]).toEqual([alerts - begun.size, alerts - ended.size]);
    }
  });
});
