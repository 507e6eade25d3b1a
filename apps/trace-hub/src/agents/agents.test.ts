import { get as httpGet, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AgentHeartbeat, encodeHeartbeat, ensureStreams, subjects } from '#bus';
import { type LossJson, StoreError } from '#clickhouse';
import { type ProblemDetails } from '../http/problem.js';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { type AgentJson } from './agent-json.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 30_000 });

let hub: TestHub;
const start = nowUs();
let taken = 0;
let seq = 0;

beforeAll(async () => {
  hub = await startTestHub();
  await ensureStreams(hub.bus, hub.log);
}, 30_000);
afterAll(() => hub.destroy());

const loss = { seq: 1, netns: '', cause: 'overrun', events: 1234, from_us: start, until_us: start + 1e6 };

function heartbeat(agent: string, values: Partial<AgentHeartbeat> = {}): AgentHeartbeat {
  return {
    agent,
    run: 'aa',
    seq: ++seq,
    version: '1.2.3',
    kernel: '6.18',
    at_us: start,
    uptime_s: 86_400,
    netns: [''],
    events: 10,
    packets: 4,
    merged: 2,
    rows: 8,
    rowsPublished: 8,
    discards: { backlog: 0 },
    lost: { overrun: 1234 },
    losses: [],
    ...values,
  };
}

/** Publishes a heartbeat and waits until the hub has taken it. */
async function beat(agent: string, values: Partial<AgentHeartbeat> = {}): Promise<void> {
  await hub.bus.js.publish(subjects.agents(agent), encodeHeartbeat(heartbeat(agent, values)));
  await counted(hub, 'heartbeats', ++taken, 'taken');
}

async function rows<T>(path: string): Promise<T[]> {
  const response = await hub.nest.inject(path);
  expect(response.statusCode).toBe(200);
  const { rows: list, count } = response.json<{ rows: T[]; count: number }>();
  expect(count).toBe(list.length);
  return list;
}

const losses = (query = ''): Promise<LossJson[]> => rows(`/api/v1/losses?${query}`);

async function metric(name: string): Promise<string | undefined> {
  const { body } = await hub.nest.inject('/metrics');
  return body
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1);
}

describe('heartbeats', () => {
  it('are shown as agents, the newest of each', async () => {
    await beat('web2');
    await beat('web1.lan', { events: 1 });
    const waiting = {
      batches: 3,
      bytes: 4000,
      unconfirmed: 2,
      rowsSpooled: 5,
      rowsStored: 6,
      rowsReplayed: 7,
    };
    const spool = { mode: 'always', ...waiting, oldest_us: start };
    await beat('web1.lan', { events: 2, rulesetGeneration: 7, spool, losses: [loss] });
    const agents = await rows<AgentJson>('/api/v1/agents');
    expect(agents.map((a) => [a.agent_id, a.events, a.ruleset_generation])).toEqual([
      ['web1.lan', 2, 7],
      ['web2', 10, null],
    ]);
    expect(agents[0]).toMatchObject({
      rows_published: 8,
      lost: { overrun: 1234 },
      spool: {
        mode: 'always',
        batches: 3,
        unconfirmed: 2,
        rows_spooled: 5,
        rows_stored: 6,
        rows_replayed: 7,
        oldest: expect.stringMatching(/^20.*Z$/) as string,
      },
      losses: [{ events: 1234 }],
    });
    expect(agents[1]?.spool).toBeNull();
    expect(agents[0]?.age_s).toBeLessThan(60);
    const lines = await hub.nest.inject('/api/v1/agents?format=jsonl');
    expect(lines.body.trimEnd().split('\n')).toHaveLength(2);
    const bad = await hub.nest.inject('/api/v1/agents?dport=1');
    expect([bad.statusCode, bad.json<ProblemDetails>().field]).toEqual([400, 'dport']);
  });

  it('that claim another agent, or are none, are rejected, counted, and told once', async () => {
    const lines = (): number =>
      hub.log.lines.filter((line) => /heartbeats of .*evil are not taken/.test(line)).length;
    for (let i = 1; i <= 3; i++) {
      await hub.bus.js.publish(
        subjects.agents('evil'),
        encodeHeartbeat(heartbeat('web1.lan', { events: 666 })),
      );
      await counted(hub, 'heartbeats', i, 'agent');
    }
    expect(lines()).toBe(1);
    await hub.bus.js.publish(subjects.agents('evil'), '{"agent":"evil"}');
    await counted(hub, 'heartbeats', 1, 'malformed');
    expect(lines()).toBe(2);
    const agents = await rows<AgentJson>('/api/v1/agents');
    expect(agents.map((a) => [a.agent_id, a.events])).toEqual([
      ['web1.lan', 2],
      ['web2', 10],
    ]);
    expect(await metric('visor_hub_heartbeats_total{outcome="agent"}')).toBe('3');
    expect(await metric('visor_hub_agents')).toBe('2');
  });
});

describe('the list of agents', () => {
  interface Page {
    rows: AgentJson[];
    count: number;
    next?: string;
  }
  const page = async (query: string): Promise<Page> =>
    (await hub.nest.inject(`/api/v1/agents?${query}`)).json<Page>();

  it('is read page by page', async () => {
    for (const agent of ['web1.lan', 'web2', 'zed']) await beat(agent);
    const { rows: all, next: none } = await page('');
    const names = all.map(({ agent_id }) => agent_id);
    expect([none, names.length >= 3, names]).toEqual([undefined, true, [...names].sort()]);
    const read: string[] = [];
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const { rows: some, count, next }: Page = await page(`limit=2&cursor=${cursor}`);
      expect(count).toBe(some.length);
      read.push(...some.map(({ agent_id }) => agent_id));
      cursor = next;
    }
    expect(read).toEqual(names);
    expect((await page('cursor=zed')).rows).toEqual([]);
    const lines = await hub.nest.inject('/api/v1/agents?limit=1&format=jsonl');
    expect(lines.body.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each(['limit=0', 'limit=10001', 'limit=x'])('refuses %s', async (query) => {
    const response = await hub.nest.inject(`/api/v1/agents?${query}`);
    expect([response.statusCode, response.json<ProblemDetails>().field]).toEqual([400, 'limit']);
  });
});

describe('losses', () => {
  it('are stored once, and grow, over repeated heartbeats', async () => {
    await beat('web3', { losses: [loss] });
    await beat('web3', { losses: [loss] });
    const grown = { ...loss, events: 1300, until_us: start + 2e6 };
    const blue = { ...loss, seq: 2, netns: 'blue', cause: 'queue_full', events: 5 };
    await beat('web3', { losses: [grown, blue] });
    await vi.waitFor(async () => expect(await losses('agent-id=web3')).toHaveLength(2), 20_000);
    const list = await losses('agent-id=web3');
    const time = (us: number) => new Date(us / 1000).toISOString().replace('Z', '000Z');
    expect(list[1]).toEqual({
      ts: time(start),
      until: time(start + 2e6),
      agent_id: 'web3',
      netns: '',
      run: 'aa',
      seq: 1,
      cause: 'overrun',
      events: 1300,
    });
    expect(list[0]).toMatchObject({ seq: 2, netns: 'blue', cause: 'queue_full', events: 5 });
  });

  it.each([
    ['agent-id=web3&cause=overrun', 1],
    ['agent-id=web3&cause=!overrun', 1],
    ['agent-id=web3&cause=overrun,queue_full', 2],
    ['agent-id=!web3', 1],
    ['netns=blue', 1],
    ['since=1h&until=now', 3],
    ['until=1h', 0],
    ['last=1', 1],
    ['first=2', 2],
  ])('are found by %s', async (query, count) => {
    expect(await losses(query)).toHaveLength(count);
  });

  it.each([
    ['dport=80', 'dport'],
    ['since=soon', 'since'],
    ['last=0', 'last'],
    ['format=xml', 'format'],
  ])('refuse %s with a problem that names it', async (query, field) => {
    const response = await hub.nest.inject(`/api/v1/losses?${query}`);
    expect([response.statusCode, response.json<ProblemDetails>().field]).toEqual([400, field]);
  });

  it('that are none tell what was searched, and who has packets there', async () => {
    const row = { ts: start, packet_id: 9n, decisive: true, fate: 'dropped' as const };
    await publishRows(hub, 'web3', 1n, [row]);
    await counted(hub, 'ingest_rows', 1);
    const nothing = await hub.nest.inject('/api/v1/losses?cause=backlog&since=1h');
    expect(nothing.json()).toEqual({
      rows: [],
      count: 0,
      searched: {
        since: expect.any(String) as string,
        until: null,
        rows_read: expect.any(Number) as number,
        elapsed_ms: expect.any(Number) as number,
        agents: [expect.objectContaining({ agent_id: 'web3', packets: 1 })],
      },
    });
    const some = await hub.nest.inject('/api/v1/losses?agent-id=web3');
    expect(some.json()).not.toHaveProperty('searched');
    const line = await hub.nest.inject('/api/v1/losses?cause=backlog&format=jsonl');
    expect([line.statusCode, line.body]).toEqual([200, '']);
  });

  it('wait until ClickHouse takes them', async () => {
    const away = new StoreError('insert', 'unreachable', 'ClickHouse does not answer.');
    const store = vi.spyOn(hub.store, 'storeLosses').mockRejectedValueOnce(away);
    await beat('web4', { losses: [{ ...loss, events: 77 }] });
    await vi.waitFor(async () => expect(await losses('agent-id=web4')).toHaveLength(1), 20_000);
    expect(store.mock.calls.length).toBeGreaterThan(1);
    store.mockRestore();
  });

  it('are told to those who follow the stream, past ones in their place, new and grown ones at once', async () => {
    await beat('web5', { losses: [loss] });
    // Of the past it is when it is stored: who asks before that does not wait for it for ever.
    await vi.waitFor(async () => expect(await losses('agent-id=web5')).toHaveLength(1), 20_000);
    const request = httpGet(`${hub.url}/api/v1/stream?agent-id=web5&since=1h`);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const told = () =>
      [...text.matchAll(/^event: loss\n(?:id: .*\n)?data: (.*)$/gm)].map(
        ([, json]) => JSON.parse(json ?? '') as LossJson,
      );
    await vi.waitFor(() => expect(text).toContain(': live'), 20_000);
    await vi.waitFor(
      () => expect(told()).toMatchObject([{ agent_id: 'web5', seq: 1, events: 1234 }]),
      20_000,
    );
    await beat('web6', { losses: [loss] });
    await beat('web5', {
      losses: [
        { ...loss, events: 1300 },
        { ...loss, seq: 2 },
      ],
    });
    await vi.waitFor(() => expect(told()).toHaveLength(3), 20_000);
    expect(told().map((l) => [l.agent_id, l.seq, l.events])).toEqual([
      ['web5', 1, 1234],
      ['web5', 1, 1300],
      ['web5', 2, 1234],
    ]);
    request.destroy();
    // What the first heartbeat of a run that is older than the hub tells is not counted: of web3 and web5 the growth is.
    const counts = 1234 + (1300 - 1234) + (1300 - 1234) + 1234;
    expect(await metric('visor_hub_lost_events_total{cause="overrun"}')).toBe(String(counts));
  });
});
