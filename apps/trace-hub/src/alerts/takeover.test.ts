import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import {
  alertsStream,
  type AlertMessage,
  type AgentHeartbeat,
  encodeHeartbeat,
  StateBucket,
  subjects,
} from '#bus';
import { firingAlert, publishAlerts } from '../testing/alerts.js';
import { counted, startReplica, startTestHub, type TestHub } from '../testing/hub.js';
import { AlertsService } from './alerts.service.js';
import { CheckpointStore } from './checkpoint.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const rules = `
alerts:
  - { name: silent, of: agents, by: [agent_id], when: { absent: true, window: 10m } }
  - name: lost
    of: losses
    by: [agent_id]
    when: { count: true, above: 0, window: 1h }
`;

const until = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 90_000, interval: 50 });

/** A hub that evaluates, and its rules. */
async function start(): Promise<{ hub: TestHub; directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'visor-takeover-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'a.yaml'), rules);
  const hub = await startTestHub({ alertsDirectory: directory });
  onTestFinished(() => hub.destroy());
  await evaluates(hub);
  return { hub, directory };
}

const evaluates = (hub: Pick<TestHub, 'nest'>): Promise<void> =>
  until(() => expect(hub.nest.get(AlertsService, { strict: false }).evaluates).toBe(true));

/** An agent says that it lives, and how many events it has lost. */
async function beat(hub: TestHub, agent: string, overrun: number): Promise<void> {
  const about = { run: 'aa', seq: 1, version: '1.2.3', kernel: '6.18', at_us: 1, uptime_s: 1, netns: [''] };
  const counts = { events: 10, packets: 4, merged: 2, rows: 8, rowsPublished: 8, discards: {}, losses: [] };
  const heartbeat: AgentHeartbeat = { agent, ...about, ...counts, lost: { overrun } };
  await hub.bus.js.publish(subjects.agents(agent), encodeHeartbeat(heartbeat));
}

/** Its rules have seen the heartbeats of so many agents. */
function knows(hub: TestHub, agents: number): void {
  const { rules } = hub.nest.get(AlertsService, { strict: false }).engine?.counters ?? {};
  expect(rules?.['silent']?.groups).toBe(agents);
}

/** All that the stream has of these rules. */
async function told(hub: TestHub): Promise<string[]> {
  const { state } = await hub.bus.manager.streams.info(alertsStream);
  const lines: string[] = [];
  for (let seq = 1; seq <= state.last_seq; seq++) {
    const message = await hub.bus.manager.streams.getMessage(alertsStream, { seq });
    const alert = message?.json<AlertMessage>();
    if (alert) lines.push(`${alert.rule} ${alert.group['agent_id']} ${alert.id} ${alert.state}`);
  }
  return lines;
}

/** Time passes for what was kept: all of it was some time ago. */
const earlier = (value: unknown, by_us: number): unknown => {
  if (typeof value === 'number') return value > 1e15 ? value - by_us : value;
  if (Array.isArray(value)) return value.map((one) => earlier(one, by_us));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, earlier(one, by_us)]));
};

it('whoever goes on after a long time without a hub does not say of agents that live that they were silent', async () => {
  const { hub, directory } = await start();
  await beat(hub, 'web1', 0);
  await until(() => knows(hub, 1));
  await hub.nest.get(AlertsService).onModuleDestroy();
  const store = new CheckpointStore(new StateBucket(Promise.resolve(hub.bus)));
  const kept = await store.load();
  if (!kept) throw new Error('nothing is kept');
  const hour_us = 3600e6;
  const engine = earlier(kept.engine, hour_us);
  await store.save({ ...kept, at_us: kept.at_us - hour_us, engine });
  await beat(hub, 'web1', 0);

  const next = await startReplica(hub, { alertsDirectory: directory });
  onTestFinished(() => next.destroy());
  await evaluates(next);
  await hub.log.next(/^alert rules heard nothing for 3\d\d\d s; /);
  await counted(next, 'alert_checkpoints', 1);
  // One that dies meanwhile leaves the next one as little to go on from.
  expect((await store.load())?.at_us).toBeLessThan(kept.at_us - hour_us + 1);
  expect(await told(hub)).toEqual([]);
});

it('an alert that was told and does not come again goes on as what it is, or is ended', async () => {
  const { hub, directory } = await start();
  for (const agent of ['web1', 'web2']) await beat(hub, agent, 0);
  await until(() => knows(hub, 2));
  await hub.nest.get(AlertsService).onModuleDestroy();
  // A hub told these of heartbeats that nobody has any more, and was killed before it kept that.
  await publishAlerts(
    hub.bus,
    ...['web1', 'web2'].map((agent_id) =>
      firingAlert({ id: `of-${agent_id}`, rule: 'lost', group: { agent_id } }),
    ),
  );
  await beat(hub, 'web1', 7);

  const next = await startReplica(hub, { alertsDirectory: directory });
  onTestFinished(() => next.destroy());
  await evaluates(next);
  await hub.log.next(
    /^1 alerts that another hub told do not fire by what this one knows; they are resolved$/,
  );
  await until(async () => expect(await told(hub)).toHaveLength(3));
  expect(await told(hub)).toEqual([
    'lost web1 of-web1 firing',
    'lost web2 of-web2 firing',
    'lost web2 of-web2 resolved',
  ]);
  expect(next.counters.counter('alerts_ended').value).toBe(1);
  const { engine } = next.nest.get(AlertsService, { strict: false });
  expect(engine?.firing().map(({ id }) => id)).toEqual(['of-web1']);
});
