import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nowUs, publishRows, startReplica, startTestHub, type TestHub } from '../testing/hub.js';
import { StreamClient } from '../testing/stream-client.js';

const MiB = 2 ** 20;
const fast = 192;
const slow = 8;
const agents = 4;
const batchesOfEach = 8;
const rowsOfBatch = 300;

let hub: TestHub;
beforeAll(async () => {
  const settings = { liveMaxSubscribers: fast + slow, liveMaxMemory: 32 * MiB, liveHeartbeatMs: 300 };
  hub = await startTestHub(settings);
}, 30_000);
afterAll(() => hub.destroy());

interface Row {
  readonly id: string;
  readonly agent: number;
  readonly dport: number;
  readonly sport: number;
  readonly decisive: boolean;
}

/** Questions, and what answers them. */
const questions: readonly (readonly [string, (row: Row) => boolean])[] = [
  ['', ({ decisive }) => decisive],
  ['hops=true&dport=3', ({ dport }) => dport === 3],
  [
    'dport=1-3&agent-id=web1',
    ({ decisive, dport, agent }) => decisive && agent === 1 && dport >= 1 && dport <= 3,
  ],
  ['agent-id=web0,web2', ({ decisive, agent }) => decisive && agent % 2 === 0],
  ['dport=!4', ({ decisive, dport }) => decisive && dport !== 4],
  ['dport=77', () => false],
];
/** Some ask what others ask, too, for much; most for one port, each two for the same. */
function questionOf(n: number): (typeof questions)[number] {
  const broad = n < questions.length || n % 8 === 1 ? questions[n % questions.length] : undefined;
  const port = n >> 1;
  return broad ?? [`sport=${port}`, ({ decisive, sport }) => decisive && sport === port];
}

function rowsOf(agent: number, batch: number): Row[] {
  const first = (agent * batchesOfEach + batch) * rowsOfBatch;
  return Array.from({ length: rowsOfBatch }, (_, n) => {
    const id = first + n;
    return { id: String(id), agent, dport: id % 7, sport: id % 200, decisive: id % 2 === 0 };
  });
}

async function metric(name: string): Promise<number> {
  const { body } = await hub.nest.inject('/metrics');
  return Number(new RegExp(`^visor_hub_${name} (\\S+)$`, 'm').exec(body)?.[1]);
}

describe('clients of one address', () => {
  it('are as many as may be, and those of others are not touched', async () => {
    const few = await startReplica(hub, { liveMaxSubscribersPerAddress: 2, trustedProxies: ['127.0.0.1'] });
    const [first, second] = [await StreamClient.open(few, ''), await StreamClient.open(few, '')];
    const ask = (address: string) =>
      few.nest.inject({ url: '/api/v1/stream', method: 'HEAD', headers: { 'x-forwarded-for': address } });
    const refused = await few.nest.inject('/api/v1/stream');
    expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toMatchObject([
      429,
      '10',
      {
        detail:
          '127.0.0.1 has 2 live streams, and live.max-subscribers-per-address is 2; end one, or raise it',
        limit: 'live.max-subscribers-per-address',
      },
    ]);
    expect([(await ask('10.0.0.1')).statusCode, (await ask('127.0.0.1')).statusCode]).toEqual([200, 429]);
    second.close();
    while ((await ask('127.0.0.1')).statusCode !== 200)
      await new Promise((resolve) => setTimeout(resolve, 20));
    // Those two, and who asked before the second had left.
    const metrics = (await few.nest.inject('/metrics')).body;
    const [, count] = /^visor_hub_live_refused_clients_total\{cause="address"\} (\d+)$/m.exec(metrics) ?? [];
    expect(Number(count)).toBeGreaterThanOrEqual(2);
    first.close();
    await few.destroy();
  }, 60_000);
});

describe('200 clients at once', () => {
  it('get their rows each, and slow ones are told exactly what they lost', async () => {
    const clients = await Promise.all(
      Array.from({ length: fast }, (_, n) => StreamClient.open(hub, questionOf(n)[0])),
    );
    const slowOnes = await Promise.all(
      Array.from({ length: slow }, () => StreamClient.open(hub, 'hops=true')),
    );
    for (const client of slowOnes) client.response.pause();
    expect(await metric('live_clients')).toBe(fast + slow);
    const refused = await hub.nest.inject('/api/v1/stream');
    expect([refused.statusCode, refused.json<{ detail: string }>().detail]).toEqual([
      503,
      '200 clients follow the stream, and live.max-subscribers is 200; try again later, or raise it',
    ]);
    const all: Row[] = [];
    for (let batch = 0; batch < batchesOfEach; batch++)
      for (let agent = 0; agent < agents; agent++) {
        const rows = rowsOf(agent, batch);
        all.push(...rows);
        const ts = nowUs();
        const values = rows.map(({ id, dport, sport, decisive }) => {
          // Like a rule set's texts, so that what nobody reads is more than what sockets take.
          return {
            ts,
            packet_id: BigInt(id),
            dport,
            sport,
            decisive,
            rule: `tcp dport ${id} accept `.repeat(20),
          };
        });
        await publishRows(hub, `web${agent}`, BigInt(1 + agent * batchesOfEach + batch), values);
      }
    const expected = (n: number): string[] => all.filter(questionOf(n)[1]).map(({ id }) => id);
    for (const [n, client] of clients.entries()) {
      await client.until(() => client.rows.length + client.lost >= expected(n).length);
      expect(client.rows, questionOf(n)[0]).toEqual(expected(n));
      expect(client.lost).toBe(0);
    }
    // Each its share, and a batch.
    expect(await metric('live_unread_bytes')).toBeLessThan(32 * MiB);
    expect(await metric('live_cached_bytes')).toBeLessThan(65 * MiB);
    await Promise.all(
      slowOnes.map(async (client) => {
        client.response.resume();
        await client.until(() => client.rows.length + client.lost >= all.length);
        expect(client.rows.length + client.lost).toBe(all.length);
        expect(client.lost).toBeGreaterThan(0);
        expect(new Set(client.rows).size).toBe(client.rows.length);
      }),
    );
    const idle = clients[5] as StreamClient;
    await idle.until(() => idle.heartbeats > 0);
    for (const client of [...clients, ...slowOnes]) client.close();
    while ((await metric('live_clients')) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }, 120_000);

  it('do not include who asks for headers only', async () => {
    const request = httpRequest(`${hub.url}/api/v1/stream`, { method: 'HEAD', agent: false }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    expect([
      response.statusCode,
      response.headers['content-type'],
      response.headers['content-length'],
    ]).toEqual([200, 'text/event-stream; charset=utf-8', undefined]);
    expect(await metric('live_clients')).toBe(0);
  });

  it('are told by headers and the first lines how to treat the stream', async () => {
    const client = await StreamClient.connect(hub.url, '');
    expect(client.response.headers).toMatchObject({
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    client.response.removeAllListeners('data');
    const [first] = (await once(client.response, 'data')) as [string];
    expect(first).toContain('retry: 2000\n');
    client.close();
  });
});
