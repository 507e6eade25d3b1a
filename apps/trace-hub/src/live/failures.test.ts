import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AgentHeartbeat, encodeHeartbeat, subjects } from '#bus';
import { AgentsService } from '../agents/agents.service.js';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { StreamClient } from '../testing/stream-client.js';
import { type Follower } from './follower.js';
import { LiveBatch } from './live-batch.js';
import { LiveRows } from './live-rows.js';
import { StreamSession } from './stream-session.js';

let hub: TestHub;
let batches = 0n;
let client: StreamClient;

beforeAll(async () => {
  hub = await startTestHub();
}, 30_000);
afterAll(() => hub.destroy());
afterEach(() => {
  vi.restoreAllMocks();
  client.close();
});

const publish = (id: number): Promise<number> =>
  publishRows(hub, 'web1', ++batches, [{ ts: nowUs(), packet_id: BigInt(id), decisive: true }]);
const value = (name: string, cause: string): number => hub.counters.counter(name, cause).value;
const bad = (): never => {
  throw new Error('none of its business');
};

describe('of those who follow one that throws', () => {
  it.each(['take', 'connection'] as const)('on %s is ended alone, counted and told', async (what) => {
    const faults: unknown[] = [];
    let calls = 0;
    const follower: Follower = {
      live: true,
      take: () => undefined,
      gap: () => undefined,
      restarted: () => undefined,
      connection: () => undefined,
      failed: (error) => faults.push(error),
      [what]: () => {
        calls++;
        bad();
      },
    };
    const event = what === 'take' ? 'batch' : what;
    const before = value('live_failed_clients', event);
    const live = hub.nest.get(LiveRows);
    // It is asked before the client.
    await live.follow(follower);
    client = await StreamClient.open(hub, '');
    if (what === 'connection') {
      await hub.nats.stop('SIGKILL');
      await client.until(() => client.of('nats').length === 1);
      await hub.nats.start();
      await client.until(() => client.of('nats').length === 2);
    }
    await publish(1);
    await publish(2);
    await client.until(() => client.rows.length === 2);
    expect([client.rows, client.of('lost'), calls]).toEqual([['1', '2'], [], 1]);
    expect(faults).toEqual([new Error('none of its business')]);
    expect(value('live_failed_clients', event)).toBe(before + 1);
    expect(hub.log.lines.join('\n')).toContain(
      `a live stream fails on "${event}" and is ended: Error: none of its business`,
    );
  });

  it('is a client that comes back without a gap', async () => {
    client = await StreamClient.open(hub, '');
    await publish(3);
    await client.until(() => client.rows.length === 1);
    vi.spyOn(StreamSession.prototype, 'take').mockImplementationOnce(bad);
    await publish(4);
    await client.untilEnded();
    expect(client.events.map(({ event }) => event)).toEqual(['row', 'error']);
    const again = await StreamClient.open(hub, '', client.lastId);
    await again.until(() => again.rows.length === 1);
    expect(again.rows).toEqual(['4']);
    again.close();
  });

  it('on a loss is ended alone', async () => {
    client = await StreamClient.open(hub, '');
    const other = await StreamClient.open(hub, '');
    vi.spyOn(StreamSession.prototype, 'loss').mockImplementationOnce(bad);
    const bytes = encodeHeartbeat(heartbeat());
    hub.nest.get(AgentsService).take({ subject: subjects.agents('web1'), bytes, at_ms: Date.now() });
    await client.untilEnded();
    await other.until(() => other.of('loss').length === 1);
    expect(value('live_failed_clients', 'loss')).toBe(1);
    other.close();
  });
});

function heartbeat(): AgentHeartbeat {
  const at_us = nowUs();
  const loss = { seq: 1, netns: '', cause: 'overrun', events: 7, from_us: at_us, until_us: at_us };
  const counts = { events: 0, packets: 0, merged: 0, rows: 0, rowsPublished: 0, discards: {}, lost: {} };
  const about = {
    agent: 'web1',
    run: 'aa',
    seq: 1,
    version: '1',
    kernel: '6',
    at_us,
    uptime_s: 0,
    netns: [''],
  };
  return { ...about, ...counts, losses: [loss] };
}

describe('a batch on which the hub fails', () => {
  it('is counted and told where nobody can read it, and what follows comes', async () => {
    client = await StreamClient.open(hub, '');
    const { losses } = hub.nest.get(AgentsService);
    vi.spyOn(losses, 'cursor_us', 'get').mockImplementationOnce(bad);
    await publish(5);
    await publish(6);
    await client.until(() => client.rows.length === 1);
    expect(client.events.map(({ event, data }) => [event, data['reason'], data['batches']])).toEqual([
      ['lost', 'failed', 1],
      ['row', undefined, undefined],
    ]);
    expect(client.of('lost')[0]?.data).toHaveProperty('since');
    expect(client.of('lost')[0]?.data).not.toHaveProperty('until');
    expect(value('live_failed_batches', 'decode')).toBe(1);
    expect((await hub.nest.inject('/metrics')).body).toContain(
      'visor_hub_live_failed_batches_total{cause="decode"} 1',
    );
  });

  it('is told to those alone who cannot be shown it, live or when they come back', async () => {
    client = await StreamClient.open(hub, 'dport=0');
    const other = await StreamClient.open(hub, '');
    const { lastId } = await firstRow(7);
    const pieces = vi.spyOn(LiveBatch.prototype, 'pieces').mockImplementationOnce(bad);
    await publish(8);
    await client.until(() => client.of('lost').length === 1);
    await other.until(() => other.rows.length === 2);
    pieces.mockImplementationOnce(bad);
    const again = await StreamClient.open(hub, '', lastId);
    expect([again.rows, again.of('lost')[0]?.data['reason']]).toEqual([[], 'failed']);
    await publish(9);
    await again.until(() => again.rows.length === 1);
    await client.until(() => client.rows.length === 2);
    expect([client.rows, other.rows.slice(0, 2)]).toEqual([
      ['7', '9'],
      ['7', '8'],
    ]);
    await counted(hub, 'live_failed_batches', 2, 'show');
    for (const one of [other, again]) one.close();
  });
});

async function firstRow(id: number): Promise<{ lastId: string }> {
  await publish(id);
  await client.until(() => client.rows.length === 1);
  return { lastId: client.lastId };
}
