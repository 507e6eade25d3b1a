import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Session } from 'chdb';
import { afterEach, describe, expect, it } from 'vitest';
import { type HubConfig } from '../config.js';
import { type ProblemDetails } from '../http/problem.js';
import { nowUs, startTestHub, type TestHub } from '../testing/hub.js';
import { QueryService } from './query.service.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** Bytes in buffers that somebody holds: what nobody does is collected when there is time. */
function buffered(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

let hub: TestHub | undefined;

afterEach(async () => {
  await hub?.destroy();
  hub = undefined;
}, 60_000);

/** A hub with rows, a thousandth of a second apart, of the last while. */
async function hubWith(rows: number, settings: Partial<HubConfig> = {}): Promise<TestHub> {
  hub = await startTestHub(settings);
  const session = new Session(hub.store.place);
  // They would take the CPU and the memory that a test measures.
  await session.queryAsync('SYSTEM STOP MERGES traces');
  const start = Math.floor(nowUs()) - rows * 1000 - 60e6;
  for (let from = 0; from < rows; from += 500_000) {
    await session.queryAsync(`INSERT INTO traces (ts, agent_id, packet_id, decisive, sampling, rule, batch_id)
      SELECT fromUnixTimestamp64Micro(toInt64(${start} + number * 1000), 'UTC'), 'web1', number, true, 1,
        concat('tcp dport ', toString(number % 1000), ' accept'), 1
      FROM numbers(${from}, ${Math.min(500_000, rows - from)}) SETTINGS async_insert = 0`);
  }
  session.close();
  return hub;
}

/** Slow in ClickHouse however few rows there are, and nothing that the filter's checks refuse. */
const endless = { sql: 'SELECT sum(sipHash64(number)) AS sum FROM numbers(100000000000)' };

const running = async ({ store }: TestHub): Promise<number> => {
  const sql =
    "SELECT toInt32(count()) AS n FROM system.processes WHERE query LIKE '%100000000000%' AND query NOT LIKE '%system.processes%'";
  return (JSON.parse(await store.queryText({ sql })) as { n: number }).n;
};

describe('queries', { timeout: 60_000 }, () => {
  it('are refused with 429 when too many run and wait, and tell when to come again', async () => {
    const { nest } = await hubWith(10, { queryMaxConcurrent: 1, queryMaxWaiting: 0 });
    const gone = new AbortController();
    const slow = nest
      .get(QueryService)
      .document(endless, { signal: gone.signal })
      .catch(() => 'ended');
    await expect.poll(() => running(hub as TestHub), { timeout: 20_000 }).toBe(1);
    const refused = await nest.inject('/api/v1/packets');
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '2']);
    expect(refused.json<ProblemDetails>()).toMatchObject({ limit: 'query.max-concurrent' });
    // Of what is streamed HEAD asks nothing: it would else run to the end of a body that nobody takes.
    for (const [path, type] of [
      ['packets?all=true&format=jsonl', 'application/x-ndjson; charset=utf-8'],
      ['traces?first=5000&format=csv', 'text/csv; charset=utf-8; header=present'],
      ['alerts', 'application/json; charset=utf-8'],
    ]) {
      const head = await nest.inject({ method: 'HEAD', url: `/api/v1/${path}` });
      expect([head.statusCode, head.headers['content-type'], head.headers['content-length']]).toEqual([
        200,
        type,
        undefined,
      ]);
    }
    const wrong = await nest.inject({ method: 'HEAD', url: '/api/v1/packets?all=true&format=jsonl&dprt=1' });
    expect([wrong.statusCode, wrong.body]).toEqual([400, '']);
    const during = (await nest.inject('/metrics')).body;
    expect(during).toMatch(/^visor_hub_running_queries 1$/m);
    expect(during).toMatch(/^visor_hub_waiting_queries 0$/m);
    expect(during).toMatch(/^visor_hub_refused_queries_total\{limit="query\.max-concurrent"\} 1$/m);
    gone.abort(new Error('gone'));
    expect(await slow).toBe('ended');
    expect((await nest.inject('/api/v1/packets')).statusCode).toBe(200);
    const timed = /^visor_hub_query_seconds_count\{endpoint="\/api\/v1\/packets"\} 4$/m;
    await expect.poll(async () => (await nest.inject('/metrics')).body, { timeout: 20_000 }).toMatch(timed);
    expect((await nest.inject('/metrics')).body).toMatch(/^visor_hub_running_queries 0$/m);
  });

  it('end with 504 or 422, name the limit, and tell nothing of ClickHouse', async () => {
    const limits = { queryMaxMemory: 20e6, queryMaxBytes: 5e9, queryMaxRows: 20 };
    const { nest } = await hubWith(10, limits);
    const queries = nest.get(QueryService);
    const { signal } = new AbortController();
    for (const [sql, status, limit, timeoutMs] of [
      [endless.sql, 504, 'query.timeout', 300],
      // Of time they have as much as a busy machine may take.
      ['SELECT length(groupArray(number)) FROM numbers(100000000)', 422, 'query.max-memory', Infinity],
      ['SELECT number FROM numbers(23)', 422, 'query.max-rows', Infinity],
    ] as const) {
      const refused = await queries.document({ sql }, { signal, timeoutMs }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ status, details: { limit } });
      expect((refused as Error).message).toMatch(/\(query\.[a-z-]+\); (narrow it|.*ask for fewer)/);
      expect((refused as Error).message).not.toMatch(/DB::|Code:|SELECT|numbers/);
    }
    const broken = await queries.document({ sql: 'SELECT secret FROM nowhere' }, { signal }).catch(String);
    expect(broken).toBe('Problem: ClickHouse failed on this query; the log of the hub tells why');
    expect(JSON.stringify(hub?.log)).toContain('nowhere');
  });

  it('end in ClickHouse when their client goes away', async () => {
    const slow = await hubWith(2_000_000, { queryTimeoutMs: 60_000 });
    // Texts are looked for in each of many rows.
    const tests = Array.from({ length: 30 }, (_, i) => `rule contains "no ${i} such"`);
    const url = `${slow.url}/api/v1/packets?query=${encodeURIComponent(tests.join(' or '))}`;
    const busy = async (): Promise<number> => {
      const sql =
        "SELECT toInt32(count()) AS n FROM system.processes WHERE query LIKE '%no 7 such%' AND query NOT LIKE '%system.processes%'";
      return (JSON.parse(await slow.store.queryText({ sql })) as { n: number }).n;
    };
    const request = httpGet(url).on('error', () => undefined);
    await expect.poll(busy, { timeout: 20_000, interval: 5 }).toBe(1);
    request.destroy();
    await expect.poll(busy, { timeout: 20_000 }).toBe(0);
    const before = process.cpuUsage();
    await sleep(1000);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(0.3);
  });

  it('of a large answer take no memory for what a slow reader has not taken, and keep nobody waiting', async () => {
    const rows = 200_000;
    const { url, nest } = await hubWith(rows, { queryMaxConcurrent: 1, queryMaxWaiting: 0 });
    const before = buffered();
    const taken = (): number => buffered() - before;
    const [response] = (await once(httpGet(`${url}/api/v1/packets?all=true&format=jsonl`), 'response')) as [
      IncomingMessage,
    ];
    expect(response.statusCode).toBe(200);
    // The first bytes are there while most of the rows are not even read.
    const [start] = (await once(response, 'data')) as [Buffer];
    response.pause();
    expect(start.toString()).toMatch(/^\{"ts":/);
    await sleep(2000);
    // The slice ahead may still be read on a busy machine; no other is after it.
    const other = async (): Promise<number> => (await nest.inject('/api/v1/packets?last=1')).statusCode;
    await expect.poll(other, { timeout: 20_000 }).toBe(200);
    const held = taken();
    let lines = start.toString().split('\n').length - 1;
    let most = 0;
    let bytes = start.length;
    let looked = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) lines++;
      if (bytes - looked < 10e6) return;
      looked = bytes;
      most = Math.max(most, taken());
    });
    response.resume();
    await once(response, 'end');
    expect(lines).toBe(rows);
    expect(bytes).toBeGreaterThan(120e6);
    // All rows are 140 MB.
    expect(held).toBeLessThan(60e6);
    expect(most).toBeLessThan(90e6);
  });

  it('cut the connection when they fail half way: nobody takes a part for the whole', async () => {
    const { url, store } = await hubWith(100_000);
    const [response] = (await once(httpGet(`${url}/api/v1/packets?all=true&format=csv`), 'response')) as [
      IncomingMessage,
    ];
    const ended = new Promise<string>((done) => {
      response.once('end', () => done('end')).once('error', (error) => done(error.message));
    });
    await once(response, 'data');
    response.pause();
    const session = new Session(store.place);
    await session.queryAsync('RENAME TABLE traces TO away');
    response.resume();
    expect(await ended).toMatch(/aborted|ECONNRESET/);
    await session.queryAsync('RENAME TABLE away TO traces');
    session.close();
  });
});
