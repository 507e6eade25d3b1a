import { Counters } from '#app-kit';
import { NatsServer, recordingLog, type RecordingLog } from '#testing/bus';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AgentHeartbeat,
  agentsStream,
  type Bus,
  connectBus,
  ensureStreams,
  parseHeartbeat,
  subjects,
} from '#bus';
import { Heartbeat, type HeartbeatOptions, type HeartbeatState } from './heartbeat.js';
import { LossLog } from './loss-log.js';

const state: HeartbeatState = {
  netns: ['blue'],
  events: 10,
  packets: 5,
  merged: 2,
  rows: 8,
  rowsPublished: 8,
  discards: { queue_full: 0 },
  lost: { overrun: 0 },
};
const loss = { netns: 'blue', cause: 'overrun', events: 7, from_us: 1e6, until_us: 2e6 };

let nats: NatsServer;
let bus: Bus;
let log: RecordingLog;
let losses: LossLog;
let counters: Counters;
let heartbeat: Heartbeat;

beforeEach(async () => {
  nats = await NatsServer.start();
  log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, log);
  losses = new LossLog();
  counters = new Counters();
});

afterEach(async () => {
  await heartbeat.stop();
  await bus.close();
  await nats.destroy();
});

function start(options: Partial<HeartbeatOptions> = {}): void {
  heartbeat = new Heartbeat({
    bus: Promise.resolve(bus),
    log,
    counters,
    agent: 'web1.lan',
    version: '1.2.3',
    kernel: '6.18',
    losses,
    state: () => state,
    ...options,
  });
}

async function newest(): Promise<AgentHeartbeat | undefined> {
  const message = await bus.manager.streams.getMessage(agentsStream, {
    last_by_subj: subjects.agents('web1.lan'),
  });
  const parsed = message ? parseHeartbeat(message.data) : undefined;
  if (parsed && 'malformed' in parsed) throw new Error(parsed.malformed);
  return parsed;
}

async function until(done: (newest: AgentHeartbeat) => boolean): Promise<AgentHeartbeat> {
  for (;;) {
    const found = await newest().catch(() => undefined);
    if (found && done(found)) return found;
    await sleep(10);
  }
}

describe('Heartbeat', () => {
  it('tells the state at once, and again and again', async () => {
    start({ interval_ms: 20 });
    const first = await until(() => true);
    expect(first).toMatchObject({
      agent: 'web1.lan',
      version: '1.2.3',
      kernel: '6.18',
      losses: [],
      ...state,
    });
    expect(first.run).toMatch(/^[0-9a-f]{16}$/);
    const later = await until(({ seq }) => seq >= first.seq + 2);
    expect(later.run).toBe(first.run);
  });

  it('tells of a loss without waiting for its turn', async () => {
    start({ interval_ms: 3_600_000 });
    await until(({ seq }) => seq === 1);
    losses.add(loss);
    heartbeat.soon();
    heartbeat.soon();
    const told = await until((h) => h.losses.length > 0);
    expect(told).toMatchObject({ seq: 2, losses: [{ seq: 1, ...loss }] });
  });

  it('keeps quiet while NATS is away, and tells the latest when it is back', async () => {
    start({ interval_ms: 20 });
    await until(() => true);
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    losses.add(loss);
    heartbeat.soon();
    await nats.start();
    await bus.whenConnected();
    expect((await until((h) => h.losses.length > 0)).losses).toHaveLength(1);
  });

  it('makes the stream again when it is gone', async () => {
    start({ interval_ms: 50 });
    const { seq } = await until(() => true);
    await bus.manager.streams.delete(agentsStream);
    expect((await until((h) => h.seq > seq)).agent).toBe('web1.lan');
    await log.next(/the stream did not take a heartbeat \(.+\); trying again/);
    expect(counters.counter('heartbeat_failures').value).toBeGreaterThan(0);
  });

  it('tells a last time at its end, and ends without NATS too', async () => {
    start({ interval_ms: 3_600_000 });
    await until(({ seq }) => seq === 1);
    losses.add(loss);
    await heartbeat.stop();
    expect(await newest()).toMatchObject({ seq: 2, losses: [{ events: 7 }] });
    start({ bus: new Promise<Bus>(() => undefined) });
    await heartbeat.stop();
    expect(await newest()).toMatchObject({ seq: 2 });
  });
});
