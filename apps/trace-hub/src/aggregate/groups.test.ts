import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HintsJson } from '../hints/hints.service.js';
import { type ProblemDetails } from '../http/problem.js';
import { RollupService } from '../rollup/rollup.service.js';
import { type SeriesAnswer } from '../series/series.service.js';
import { counted, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { trafficRows, trafficStart } from '../testing/traffic.js';
import { type AggregateJson } from './aggregate.service.js';

let hub: TestHub;
const iso = (us: number): string => new Date(us / 1000).toISOString().replace('Z', '000Z');
const since = `since=${iso(trafficStart)}`;
const until = `until=${iso(trafficStart + 600e6)}`;
const time = `${since}&${until}`;

beforeAll(async () => {
  hub = await startTestHub();
  await publishRows(hub, 'web1', 1n, trafficRows());
  await counted(hub, 'ingest_batches', 1, 'inserted');
  // By itself the hub counts later, and who asks for it meanwhile gets what comes of that.
  await hub.nest.get(RollupService, { strict: false }).onModuleDestroy();
  while ((await hub.store.rollUp(Date.now() * 1000 + 3600e6)) > 0);
}, 60_000);
afterAll(() => hub.destroy());

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await hub.nest.inject({ method: 'GET', url: `/api/v1/${path}`, headers });
  return { status: response.statusCode, type: response.headers['content-type'], body: response.body };
}

async function json<T>(path: string): Promise<T> {
  const { status, body } = await get(path);
  expect([status, status === 200 ? '' : body]).toEqual([200, '']);
  return JSON.parse(body) as T;
}

async function refused(path: string, status = 400): Promise<ProblemDetails> {
  const answer = await get(path);
  expect(answer.type).toContain('application/problem+json');
  const problem = JSON.parse(answer.body) as ProblemDetails;
  expect(problem.status).toBe(status);
  return problem;
}

describe('aggregate', () => {
  it('counts packets by columns, from the rollup, with what all come to', async () => {
    const answer = await json<AggregateJson>(`aggregate?by=ip_src,fate&${time}`);
    expect(answer).toMatchObject({
      rows: [
        { ip_src: '10.0.0.1', fate: 'accepted', packets: 40, bytes: 4000, drops: 0 },
        { ip_src: '10.0.0.2', fate: 'dropped', packets: 20, bytes: 1200, drops: 20 },
        { ip_src: '10.0.0.3', fate: 'accepted', packets: 16, bytes: 800, drops: 0 },
      ],
      count: 3,
      more: false,
      total: { packets: 76, bytes: 6000, drops: 20 },
      source: 'flows_1m',
      searched: { since: iso(trafficStart), until: iso(trafficStart + 600e6) },
    });
    expect(answer.searched.rows_read).toBeGreaterThan(0);
    expect(Object.keys(answer.rows[0] ?? {})).toEqual(['ip_src', 'fate', 'packets', 'bytes', 'drops']);
  });

  it('says that rows answered where the rollup cannot', async () => {
    const query = `aggregate?by=ttl&select=packets,hops,p95(len),uniq(ip_src),flows&${time}`;
    expect(await json(query)).toMatchObject({
      rows: [{ ttl: 64, packets: 76, hops: 152, 'p95(len)': 100, 'uniq(ip_src)': 3, flows: 3 }],
      source: 'traces',
    });
  });

  it('has the greatest groups and the others as one', async () => {
    const answer = await json<AggregateJson>(
      `aggregate?by=ip_src&select=packets,uniq(dport)&limit=1&others=true&${time}`,
    );
    expect(answer).toMatchObject({
      rows: [{ ip_src: '10.0.0.1', packets: 40, 'uniq(dport)': 1 }],
      count: 1,
      more: true,
      others: { packets: 36, 'uniq(dport)': 2 },
      total: { packets: 76, 'uniq(dport)': 3 },
    });
    const alone = await json<AggregateJson>(`aggregate?by=ip_src&limit=2&${time}`);
    expect(alone).toMatchObject({ count: 2, more: true });
    expect(alone).not.toHaveProperty('others');
    const met = await json<AggregateJson>(
      `aggregate?by=ip_src&having=packets%3E30&limit=5&others=true&${time}`,
    );
    expect(met).toMatchObject({ count: 1, more: false, others: { packets: 36 } });
  });

  it('takes having, sort and filters', async () => {
    const query = `aggregate?by=dport&select=bytes&having=packets%3E16&sort=packets&proto=tcp&${time}`;
    expect((await json<AggregateJson>(query)).rows).toEqual([
      { dport: 22, bytes: 1200 },
      { dport: 443, bytes: 4000 },
    ]);
  });

  it('counts by time', async () => {
    const answer = await json<AggregateJson>(`aggregate?by=time&bucket=5m&select=packets,packets/s&${time}`);
    expect(answer.bucket).toBe('5m');
    expect(answer.rows.reduce((sum, row) => sum + Number(row['packets']), 0)).toBe(76);
    const times = answer.rows.map((row) => String(row['time']));
    expect(times).toEqual([...times].sort());
    for (const at of times) expect(Date.parse(at) % 300_000).toBe(0);
  });

  it('has one row of all without by, also where there is nothing', async () => {
    expect(await json(`aggregate?select=packets,avg(len)&${time}`)).toMatchObject({
      rows: [{ packets: 76, 'avg(len)': 6000 / 76 }],
      total: { packets: 76 },
    });
    const none = 'since=2020-01-01&until=2020-01-02';
    expect(await json(`aggregate?by=ip_src&select=packets,min(dport)&${none}`)).toMatchObject({
      rows: [],
      count: 0,
      total: { packets: 0, 'min(dport)': null },
      searched: { agents: [] },
    });
    const { searched } = await json<AggregateJson>(`aggregate?by=ip_src&dport=1&${time}`);
    expect(searched.agents).toMatchObject([{ agent_id: 'web1', packets: 76 }]);
  });

  it('looks at the last hour unless said otherwise', async () => {
    const { searched } = await json<AggregateJson>('aggregate');
    expect(Date.parse(searched.until ?? '') - Date.parse(searched.since ?? '')).toBe(3_600_000);
  });

  it('comes as lines and as CSV', async () => {
    const path = `aggregate?by=sg_src&select=packets,p50(packets/s)&limit=1&others=true&${time}`;
    const lines = await get(`${path}&format=jsonl`);
    expect(lines.type).toContain('application/x-ndjson');
    expect(
      lines.body
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { sg_src: 'web,all', packets: 40 },
      { sg_src: null, packets: 36 },
    ]);
    const csv = await get(path, { accept: 'text/csv' });
    expect(csv.type).toContain('text/csv');
    expect(csv.body).toMatch(
      /^"sg_src","packets","p50\(packets\/s\)"\r\n"web,all",40,[\d.]+\r\n,36,[\d.]+\r\n$/,
    );
  });

  it.each([
    ['aggregate?by=ip_scr', 'by', 0, 'did you mean ip-src?'],
    ['aggregate?select=bytes,packts', 'select', 6, 'did you mean packets?'],
    ['aggregate?select=p95(iif)', 'select', 4, 'is no number'],
    ['aggregate?by=iif&sort=-bites', 'sort', 1, 'did you mean bytes?'],
    ['aggregate?having=packets%3Ex', 'having', 8, 'is not a number'],
    ['aggregate?limit=0', 'limit', undefined, 'use one from 1 to 10000'],
    ['aggregate?limit=10001', 'limit', undefined, 'use one from 1 to 10000'],
    ['aggregate?by=iif&bucket=1m', 'bucket', undefined, 'there is no time in by'],
    ['aggregate?by=time&bucket=1x', 'bucket', 0, 'is not a length of time'],
    ['aggregate?by=time&bucket=1s&since=7d', 'bucket', undefined, 'use 5m or longer, or a shorter time'],
    ['aggregate?by=time&bucket=1m&step=7s', 'step', undefined, 'does not divide the bucket, 1m'],
    ['aggregate?by=sport&sort=-p95(packets/s)&step=1s&since=7d', 'step', undefined, 'use 1m or longer'],
    [
      'aggregate?select=p50(packets/s)&since=2020-01-01',
      'step',
      undefined,
      'use 6h or longer, or a shorter time',
    ],
    ['aggregate?since=1m&until=5m', 'until', undefined, 'until: "5m" is not after since ("1m")'],
    ['aggregate?since=2100-01-01', 'since', undefined, 'is not before now'],
    ['aggregate?bye=ip_src', 'bye', undefined, 'did you mean by'],
    ['aggregate?others=maybe', 'others', undefined, 'use true or false'],
    ['aggregate?format=arrow', 'format', undefined, 'json or jsonl or csv'],
    ['aggregate?dport=x', 'dport', 0, 'is not a number'],
    ['series?by=time', 'by', 0, 'series are by time anyway'],
    ['series?by=iif,oif', 'by', 0, 'a series is by one column'],
    ['series?since=7d&bucket=1s', 'bucket', undefined, 'of which 10000 are allowed'],
    ['series?since=5d&bucket=1m&by=ip_src&limit=100', 'bucket', undefined, 'of which 100000 are allowed'],
    ['series?limit=101', 'limit', undefined, 'use one from 1 to 100'],
    ['hints', 'field', undefined, '; use the name of a column: field=dport'],
    ['hints?field=port', 'field', 0, "either side's; use sport or dport"],
    ['aggregate?by=ip,fate', 'by', 0, "either side's; use ip_src or ip_dst"],
    ['hints?field=fatte', 'field', 0, 'did you mean fate?'],
    ['hints?field=ts', 'field', undefined, 'use since and until'],
    [`hints?field=iif&prefix=${'x'.repeat(300)}`, 'prefix', undefined, 'at most 200 are allowed'],
  ])('%s is refused', async (path, field, offset, detail) => {
    const problem = await refused(path);
    expect(problem).toMatchObject({ field, detail: expect.stringContaining(detail) as string });
    expect(problem.offset).toBe(offset);
  });

  it('a bucket without time tells what it was', async () => {
    expect(await refused('aggregate?by=iif&bucket=1m')).toMatchObject({ field: 'bucket', value: '1m' });
  });
});

describe('series', () => {
  it('have a number for each bucket, also where there are no packets', async () => {
    const answer = await json<SeriesAnswer>(
      `series?by=fate&select=packets,avg(len)&bucket=1m&${since}&until=${iso(trafficStart + 720e6)}`,
    );
    expect(answer).toMatchObject({ by: 'fate', bucket: '1m', count: 2, source: 'flows_1m' });
    expect(answer.times).toEqual(Array.from({ length: 12 }, (_, i) => iso(trafficStart + i * 60e6)));
    const [accepted, dropped] = answer.series;
    expect(accepted).toMatchObject({ value: 'accepted', total: { packets: 56 } });
    expect(dropped?.points['packets']).toEqual([...Array<number>(10).fill(2), 0, 0]);
    expect(dropped?.points['avg(len)']).toEqual([...Array<number>(10).fill(60), null, null]);
    expect(accepted?.points['packets']?.reduce<number>((sum, n) => sum + Number(n), 0)).toBe(56);
  });

  it('join all but the greatest', async () => {
    const answer = await json<SeriesAnswer>(`series?by=ip_src&limit=1&bucket=10m&${time}`);
    expect(answer.series.map(({ value, total }) => [value, total])).toEqual([['10.0.0.1', { packets: 40 }]]);
    expect(answer.others?.total).toEqual({ packets: 36 });
    expect(answer.others).not.toHaveProperty('value');
    const csv = await get(`series?by=ip_src&limit=1&bucket=10m&${time}&format=csv`);
    expect(csv.body.split('\r\n')[0]).toBe('"time","ip_src","packets"');
    expect(csv.body).toMatch(/Z","10\.0\.0\.1",\d+\r\n/);
    expect(csv.body).toMatch(/Z",,\d+\r\n/);
  });

  it('are one without a column', async () => {
    const answer = await json<SeriesAnswer>(`series?${time}`);
    expect(answer.series).toHaveLength(1);
    expect(answer.series[0]?.total).toEqual({ packets: 76 });
    expect(answer.series[0]).not.toHaveProperty('value');
  });

  it('are empty, not missing, where there is nothing', async () => {
    const answer = await json<SeriesAnswer>('series?by=fate&since=2020-01-01&until=2020-01-02&bucket=1h');
    expect(answer).toMatchObject({ series: [], count: 0 });
    expect(answer.times).toHaveLength(24);
  });
});

describe('hints', () => {
  it('are the values by frequency', async () => {
    const answer = await json<HintsJson>('hints?field=ip-src&limit=2');
    expect(answer).toMatchObject({
      field: 'ip_src',
      values: [
        { value: '10.0.0.1', count: 40 },
        { value: '10.0.0.2', count: 20 },
      ],
      count: 2,
      more: true,
      source: 'flows_1m',
    });
  });

  it('begin with a prefix, of list columns name by name, among what is filtered', async () => {
    expect((await json<HintsJson>('hints?field=sg_src&prefix=A')).values).toEqual([
      { value: 'all', count: 60 },
    ]);
    expect((await json<HintsJson>('hints?field=sg_src&dport=443')).values).toEqual([
      { value: 'all', count: 40 },
      { value: 'web', count: 40 },
    ]);
    const lines = await get('hints?field=dport&prefix=4&format=jsonl');
    expect(lines.body).toBe('{"value":443,"count":40}\n');
  });
});
