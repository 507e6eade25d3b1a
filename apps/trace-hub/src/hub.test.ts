import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subjects } from '#bus';
import { jsonRow, type JsonRow } from '#columns';
import { decodeBatch } from '#wire';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { generateOpenApi } from './openapi/generate.js';
import { type ProblemDetails } from './http/problem.js';
import { arrowOf, counted, nowUs, publishRows, startTestHub, type TestHub } from './testing/hub.js';

let hub: TestHub;
const start = nowUs();

const rowsOfPackets = Array.from({ length: 6 }, (_, i) => ({
  ts: start + i,
  packet_id: BigInt(1000 + Math.floor(i / 2)),
  hop: i % 2,
  decisive: i % 2 === 1,
  fate: i < 2 ? 'dropped' : 'accepted',
  dport: 80 + Math.floor(i / 2),
  sg_src: ['web,inside', 'webs', ''][Math.floor(i / 2)] ?? '',
  ip_src: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1 + i]),
}));

beforeAll(async () => {
  hub = await startTestHub();
  await publishRows(hub, 'web1', 1n, rowsOfPackets);
  await counted(hub, 'ingest_batches', 1, 'inserted');
}, 30_000);

afterAll(() => hub.destroy());

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await hub.nest.inject({ method: 'GET', url: path, headers });
  return { status: response.statusCode, type: response.headers['content-type'], body: response.body };
}

async function rows(path: string): Promise<JsonRow[]> {
  const { status, body } = await get(path);
  expect(status).toBe(200);
  const { rows: list, count } = JSON.parse(body) as { rows: JsonRow[]; count: number };
  expect(count).toBe(list.length);
  return list;
}

describe('rows', () => {
  it('gives one row a packet, and all hops as traces', async () => {
    expect((await rows('/api/v1/packets')).map((r) => [r.packet_id, r.hop])).toEqual([
      ['1000', 1],
      ['1001', 1],
      ['1002', 1],
    ]);
    expect(await rows('/api/v1/traces')).toHaveLength(6);
  });

  it('shows rows as the live stream would', async () => {
    const source = decodeBatch(
      arrowOf(rowsOfPackets.map((row) => ({ agent_id: 'web1', batch_id: 1n, ...row }))),
    );
    expect(await rows('/api/v1/traces')).toEqual(rowsOfPackets.map((_, row) => jsonRow(source, row)));
  });

  it.each([
    ['dport=80', 1],
    ['dport=80,81', 2],
    ['dport=80&dport=82', 2],
    ['dport=!80', 2],
    ['ip-src=10.0.0.2', 1],
    ['ip_src=10.0.0.0/30', 1],
    ['sg-src=web', 1],
    ['sg-src=inside,webs', 2],
    ['sg-src=!inside', 2],
    ['sg-src=', 1],
    ['fate=dropped&dport=81', 0],
    ['since=1h&until=now', 3],
    ['since=2000-01-01&until=2000-01-02', 0],
    ['first=2', 2],
    ['last=1', 1],
  ])('filters packets by %s', async (query, count) => {
    expect(await rows(`/api/v1/packets?${query}`)).toHaveLength(count);
  });

  it('takes first and last from their ends, in the order of time', async () => {
    const ids = async (query: string) => (await rows(`/api/v1/packets?${query}`)).map((r) => r.packet_id);
    expect(await ids('first=2')).toEqual(['1000', '1001']);
    expect(await ids('last=2')).toEqual(['1001', '1002']);
  });

  it('answers JSON lines by parameter or Accept, the parameter first', async () => {
    const lines = await get('/api/v1/packets?format=jsonl');
    expect(lines.type).toBe('application/x-ndjson; charset=utf-8');
    expect(
      lines.body
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as JsonRow).dport),
    ).toEqual([80, 81, 82]);
    expect((await get('/api/v1/packets', { accept: 'application/x-ndjson' })).body).toBe(lines.body);
    expect((await get('/api/v1/packets?format=json', { accept: 'application/x-ndjson' })).type).toMatch(
      /^application\/json/,
    );
    expect((await get('/api/v1/packets?format=jsonl&dport=9')).body).toBe('');
  });

  it.each([
    ['dport=70000', 'dport', '70000', /^dport: "70000" is .*; use a number from 0 to 65535/],
    ['since=soon', 'since', 'soon', /^since: "soon" is not a time; use now/],
    ['last=0', 'last', '0', 'last: "0" is not a number of rows; use one from 1 to 1000000000'],
    ['first=20000', 'first', '20000', 'first: "20000" is more than a JSON document has; use at most 10000'],
    ['first=1&last=1', 'first', '1', 'first and last cannot both be given; use one of them'],
    ['format=xml', 'format', 'xml', 'format: "xml" is not known; use json or jsonl or csv or arrow'],
    ['prot=tcp', 'prot', 'tcp', /^the parameter prot is not known/],
    ['since=1h&until=2h', 'until', '2h', 'until: "2h" is not after since ("1h")'],
    ['last=1&last=2', 'last', '1, 2', 'last is given 2 times; it may be there once'],
  ])('refuses %s with a problem that names it', async (query, field, value, detail) => {
    const { status, type, body } = await get(`/api/v1/packets?${query}`);
    const problem = JSON.parse(body) as ProblemDetails;
    expect([status, type]).toEqual([400, 'application/problem+json; charset=utf-8']);
    expect(problem).toMatchObject({ type: 'about:blank', title: 'Bad Request', status: 400, field, value });
    expect(problem.detail).toMatch(detail);
  });

  it('answers a problem for a path that is not there', async () => {
    const { status, body } = await get('/api/v1/nothing');
    expect(status).toBe(404);
    expect(JSON.parse(body)).toMatchObject({ title: 'Not Found', status: 404 });
  });
});

describe('ingest', () => {
  async function publishRaw(agent: string, bytes: Uint8Array, extra: Record<string, string>): Promise<void> {
    const headers = natsHeaders();
    const given = { 'Visor-Rows': '1', 'Visor-Batch': '77', 'Content-Encoding': 'gzip', ...extra };
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    await hub.bus.js.publish(subjects.traces(agent), bytes, { headers });
  }
  const good = { agent_id: 'web2', batch_id: 77n, ts: start, decisive: true };

  it.each([
    ['another agent', 'agent', [{ ...good, agent_id: 'web9' }], {}],
    ['another batch', 'batch_id', [{ ...good, batch_id: 78n }], {}],
    ['a wrong number of rows', 'rows', [good, good], {}],
    ['a header that is no number', 'headers', [good], { 'Visor-Batch': 'x' }],
    ['an unknown encoding', 'encoding', [good], { 'Content-Encoding': 'br' }],
  ])('rejects %s', async (_name, reason, list, extra) => {
    await publishRaw('web2', gzipSync(arrowOf(list)), extra);
    await counted(hub, 'deliveries_rejected', 1, reason);
    expect(await rows('/api/v1/traces?agent-id=web2,web9')).toEqual([]);
  });

  it('rejects bytes that are no batch, and a bomb', async () => {
    await publishRaw('web2', Buffer.from('not gzip'), {});
    await publishRaw('web2', gzipSync('not arrow'), {});
    await publishRaw('web2', gzipSync(Buffer.alloc(65 * 2 ** 20)), {});
    await counted(hub, 'deliveries_rejected', 2, 'encoding');
    await counted(hub, 'deliveries_rejected', 1, 'malformed');
    await counted(hub, 'deliveries_rejected', 1, 'too_large');
    expect(await rows('/api/v1/traces?agent-id=web2')).toEqual([]);
  });

  it('stores a batch once that was published twice', async () => {
    const bytes = gzipSync(arrowOf([{ ...good, agent_id: 'web3' }]));
    await publishRaw('web3', bytes, {});
    await publishRaw('web3', bytes, { 'Visor-Attempt': '2' });
    await counted(hub, 'ingest_batches', 1, 'already');
    expect(await rows('/api/v1/traces?agent-id=web3')).toHaveLength(1);
  });
});

describe('the service', () => {
  it('is ready while NATS and ClickHouse are there', async () => {
    const { status, body } = await get('/readyz');
    const ok = { status: 'ok', since: expect.stringMatching(/^\d{4}-.*Z$/) as string };
    const parts = { nats: ok, clickhouse: ok, ingest: ok, alerts: ok };
    expect([status, JSON.parse(body)]).toEqual([200, { status: 'ok', nats: 'ok', clickhouse: 'ok', parts }]);
    expect(JSON.parse((await get('/healthz')).body)).toEqual({ status: 'ok', parts });
  });

  it('serves the OpenAPI document that docs/openapi.json keeps (npm run gen:openapi)', async () => {
    const kept = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as { info: { version: string } };
    const made = JSON.parse(await generateOpenApi()) as typeof kept;
    expect(kept).toEqual(made);
    const served = JSON.parse((await get('/openapi.json')).body) as typeof kept;
    expect({ ...served, info: { ...served.info, version: made.info.version } }).toEqual(made);
  });
});
