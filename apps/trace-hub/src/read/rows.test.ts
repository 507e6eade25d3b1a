import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tableFromIPC } from 'apache-arrow';
import { columns, type JsonRow } from '#columns';
import { type ProblemDetails } from '../http/problem.js';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { type Searched } from './envelope.js';

let hub: TestHub;
const packets = 700;
/** Whole seconds ago; ten packets have the same time, so that a page may end among them. */
const start = (Math.floor(nowUs() / 1e6) - 3600) * 1e6;

const rowsOf = (agent: string) =>
  Array.from({ length: packets * 3 }, (_, i) => {
    const packet = Math.floor(i / 3);
    return {
      agent_id: agent,
      ts: start + Math.floor(packet / 10) * 250_000,
      packet_id: BigInt(2) ** 63n + BigInt((packet * 7919) % packets),
      hop: i % 3,
      decisive: i % 3 === 2,
      fate: packet % 10 === 0 ? 'dropped' : 'accepted',
      dport: packet % 5,
      handle: BigInt(2) ** 60n,
      rule: packet % 100 === 0 ? 'log prefix "a,\\"b\\"" accept' : 'accept',
      ip_src: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, packet % 250]),
    };
  });

beforeAll(async () => {
  hub = await startTestHub({ queryMaxRows: 10_000 });
  await publishRows(hub, 'web1', 1n, rowsOf('web1'));
  await counted(hub, 'ingest_batches', 1, 'inserted');
}, 60_000);

afterAll(() => hub.destroy());

interface Page {
  readonly rows: JsonRow[];
  readonly count: number;
  readonly next?: string;
  readonly searched: Searched;
}

const get = (path: string, headers: Record<string, string> = {}) =>
  hub.nest.inject({ method: 'GET', url: `/api/v1/${path}`, headers });

async function page(path: string): Promise<Page> {
  const response = await get(path);
  expect([response.statusCode, response.body.slice(0, 300)]).toEqual([200, expect.any(String)]);
  return response.json<Page>();
}

const idOf = (row: JsonRow): string => [row.ts, row.packet_id, row.hop].join('/');

/** @returns all rows by pages, in the order of time */
async function byPages(path: string, end: 'first' | 'last'): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ;) {
    const { rows, count, next } = await page(`${path}${cursor}`);
    expect(rows).toHaveLength(count);
    if (end === 'first') ids.push(...rows.map(idOf));
    else ids.unshift(...rows.map(idOf));
    if (next === undefined) return ids;
    cursor = `&cursor=${next}`;
  }
}

async function problem(path: string): Promise<[number, ProblemDetails]> {
  const response = await get(path);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  return [response.statusCode, response.json<ProblemDetails>()];
}

describe('pages by cursor', () => {
  it.each([
    ['traces?first=97', 'first'],
    ['traces?last=97', 'last'],
    ['traces?limit=211', 'last'],
    ['packets?first=50&dport=3,4&query=fate%20==%20accepted', 'first'],
    ['packets?last=7&dport=1&since=70m', 'last'],
  ] as const)('of %s have every row once, in order', async (path, end) => {
    const everything = path.replace(/(first|last|limit)=\d+/, 'first=10000');
    const all = (await page(everything)).rows.map(idOf);
    expect(all.length).toBeGreaterThan(60);
    expect(await byPages(path, end)).toEqual(all);
  });

  it('may have another size each', async () => {
    const { next } = await page('packets?first=10');
    expect((await page(`packets?limit=3&cursor=${next}`)).count).toBe(3);
  });

  it('end without a cursor where nothing follows', async () => {
    expect(await page(`packets?first=${packets}`)).not.toHaveProperty('next');
    expect(await page(`packets?first=${packets - 1}`)).toHaveProperty('next');
  });

  it('keep to the range of the first page', async () => {
    const { next = '' } = await page('packets?last=5&since=65m');
    expect((await page(`packets?last=5&since=65m&cursor=${next}`)).count).toBe(5);
    expect((await page(`packets?last=5&cursor=${next}`)).count).toBe(5);
    const [status, { field, detail }] = await problem(`packets?last=5&since=1h&cursor=${next}`);
    expect([status, field]).toEqual([400, 'cursor']);
    expect(detail).toContain('leave since and until out, or repeat those of the first page');
  });

  it('refuse a cursor that is none, or of another question', async () => {
    const { next = '' } = await page('packets?first=5&dport=1');
    const changed = next.slice(0, 20) + (next[20] === 'A' ? 'B' : 'A') + next.slice(21);
    for (const [path, text] of [
      [`packets?cursor=${changed}&dport=1`, 'is none that this hub gave'],
      ['packets?cursor=%27;DROP', 'is none that this hub gave'],
      ['packets?cursor=', 'is none that this hub gave'],
      [`packets?cursor=${next}&dport=2`, 'it belongs to another question'],
      [`traces?cursor=${next}&dport=1`, 'it belongs to another question'],
      [`packets?last=5&cursor=${next}&dport=1`, 'it is of pages from the first row on'],
    ] as const) {
      const [status, { field, detail }] = await problem(path);
      expect([status, field]).toEqual([400, 'cursor']);
      expect(detail).toContain(text);
    }
  });
});

describe('formats', () => {
  const lines = (text: string): JsonRow[] =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as JsonRow);

  it.each([
    'first=2100',
    'last=1500',
    'last=1501',
    'all=true',
    'first=1001&query=dport%20in%20(1,2,3)',
    'last=400',
  ])('have the same rows in the same order: %s', async (take) => {
    const document = take === 'all=true' ? await page('traces?first=10000') : await page(`traces?${take}`);
    const expected = document.rows;
    expect(lines((await get(`traces?${take}&format=jsonl`)).body)).toEqual(expected);

    const csv = await get(`traces?${take}&format=csv`);
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    const [header, ...records] = csv.body.split('\r\n');
    expect(header).toBe(columns.map(({ name }) => `"${name}"`).join(','));
    expect(records.pop()).toBe('');
    expect(records.map((record) => record.slice(1, 28))).toEqual(expected.map(({ ts }) => ts));

    const arrow = await get(`traces?${take}&format=arrow`);
    expect(arrow.headers['content-type']).toBe('application/vnd.apache.arrow.stream');
    const table = tableFromIPC(arrow.rawPayload);
    expect(table.schema.fields.map(({ name }) => name)).toEqual(columns.map(({ name }) => name));
    const ids = table.toArray().map((row) => (row as { toJSON(): JsonRow }).toJSON());
    expect(ids.map((row) => `${row.packet_id}/${row.hop}`)).toEqual(
      expected.map((row) => `${row.packet_id}/${row.hop}`),
    );
  });

  it('keep what is in a value in CSV', async () => {
    const { body } = await get('packets?first=1&format=csv', {});
    expect(body).toContain('"log prefix ""a,\\""b\\"""" accept"');
  });

  it('have types of their own in Arrow', async () => {
    const table = tableFromIPC(
      (await get('packets?first=3', { accept: 'application/vnd.apache.arrow.stream' })).rawPayload,
    );
    const types = Object.fromEntries(table.schema.fields.map(({ name, type }) => [name, String(type)]));
    expect(types).toMatchObject({
      ts: 'Timestamp<MICROSECOND, UTC>',
      packet_id: 'Uint64',
      hop: 'Uint16',
      decisive: 'Bool',
      fate: 'Utf8',
      ip_src: 'Utf8',
      tcp_flags: 'Utf8',
    });
    expect(table.get(0)?.toJSON()).toMatchObject({ ip_src: '10.0.0.0', handle: 2n ** 60n, decisive: true });
  });

  it.each(['csv', 'arrow', 'jsonl'])('%s without rows is whole as well', async (format) => {
    for (const take of ['first=5', 'all=true', 'first=5000']) {
      const response = await get(`packets?dport=9999&${take}&format=${format}`);
      expect(response.statusCode).toBe(200);
      if (format === 'jsonl') expect(response.body).toBe('');
      if (format === 'csv') expect(response.body.split('\r\n')).toHaveLength(2);
      if (format === 'arrow') {
        const table = tableFromIPC(response.rawPayload);
        expect([table.numRows, table.numCols]).toEqual([0, columns.length]);
      }
    }
  });

  it('go on after the last row that came', async () => {
    const all = lines((await get('traces?all=true&format=jsonl')).body);
    for (const cut of [1, 999, 1001, 2099]) {
      const { ts, packet_id, hop } = all[cut - 1] as JsonRow;
      const rest = await get(`traces?all=true&format=jsonl&after=${ts},${packet_id},${hop}`);
      expect(lines(rest.body).map(idOf)).toEqual(all.slice(cut).map(idOf));
    }
  });
});

describe('an answer without rows', () => {
  it('tells what was searched, and who has rows there', async () => {
    const { rows, count, searched } = await page('packets?ttl=77&since=2h');
    expect([rows, count]).toEqual([[], 0]);
    expect(searched.rows_read).toBe(packets * 3);
    expect(searched.agents).toEqual([
      {
        agent_id: 'web1',
        packets,
        // to the minute, where the counts by minute are there already
        first: expect.stringContaining(new Date(start / 1000).toISOString().slice(0, 16)) as string,
        last: expect.stringMatching(/Z$/) as string,
      },
    ]);
    expect(Date.now() - Date.parse(searched.since ?? '')).toBeGreaterThan(7_100_000);
    expect(searched.until).toBeNull();
  });

  it('tells that nobody has any', async () => {
    const { searched } = await page('packets?since=2020-01-01&until=2020-01-02');
    expect(searched).toMatchObject({
      since: '2020-01-01T00:00:00.000000Z',
      until: '2020-01-02T00:00:00.000000Z',
      agents: [],
    });
  });

  // As curl sends it: a + in a URL is a space, unless it is written %2B.
  it.each([
    ['2020-01-01T02:00:00+02:00', '2020-01-01T00:00:00.000000Z'],
    ['2020-01-01T02:00:00.5%2B02:00', '2020-01-01T00:00:00.500000Z'],
    ['2020-01-01T00:00+00:30', '2019-12-31T23:30:00.000000Z'],
    ['2020-01-01+02:00', '2020-01-01T02:00:00.000000Z'],
  ])('takes since=%s for %s', async (since, expected) => {
    expect((await page(`packets?since=${since}&until=2020-01-02`)).searched.since).toBe(expected);
  });

  it('has no list of agents where there are rows', async () => {
    expect((await page('packets?first=1')).searched).not.toHaveProperty('agents');
  });
});

it('rows whose time is to come are told', async () => {
  const later = { ...rowsOf('fast1')[2], packet_id: 1n, dport: 7777, ts: nowUs() + 3600e6 };
  await publishRows(hub, 'fast1', 2n, [later]);
  await counted(hub, 'ingest_batches', 2, 'inserted');
  expect((await page('packets?dport=7777')).searched.ahead).toEqual({ rows: 1, agents: ['fast1'] });
  expect((await page('packets?dport=7777&until=now')).rows).toEqual([]);
});

describe('bad parameters', () => {
  const list = (n: number): string => Array.from({ length: n }, (_, i) => i).join(',');

  it.each([
    ['first=1&last=1', 'first', /^first and last cannot both be given/],
    ['first=1&limit=1', 'first', /^first and limit/],
    ['all=true&last=1&format=csv', 'last', /^last and all/],
    [
      'all=true',
      'all',
      /^all: a JSON document has 10000 rows at most; use format=jsonl, csv or arrow, or last=10000$/,
    ],
    ['last=1&after=2026-11-21T10:00:00Z,1,1', 'after', /^after and last/],
    ['first=1&after=yesterday', 'after', /is no row; use ts,packet_id,hop/],
    ['first=1&after=yesterday,1,1', 'after', /^after: "yesterday" is not a time/],
    ['first=1&after=2026-11-21T10:00:00Z,18446744073709551616,1', 'after', /is no row/],
    ['since=1h&until=2h', 'until', /^until: "2h" is not after since \("1h"\)/],
    ['since=1h&until=1h', 'until', /^until: "1h" is not after since \("1h"\)/],
    ['=1', '', /^a parameter without a name is not known; there are/],
    ['last=1e3', 'last', /is not a number of rows/],
    ['last=-1', 'last', /is not a number of rows/],
    ['last=99999999999999999999', 'last', /is not a number of rows/],
    ['last=', 'last', /is not a number of rows/],
    ['all=yes&format=csv', 'all', /^all: "yes" is not known; use true or false/],
    ['format=xml', 'format', /use json or jsonl or csv or arrow/],
    ['since=1h&since=2h', 'since', /^since is given 2 times/],
    ['query=a&query=b', 'query', /^query is given 2 times/],
    ['ip_scr=10.0.0.1', 'ip_scr', /^the parameter ip_scr is not known, did you mean ip-src; there are/],
    ['lats=5', 'lats', /did you mean last/],
    ['constructor=1', 'constructor', /is not known/],
    ['__proto__=1', '__proto__', /is not known/],
    [`dport=${list(1001)}`, 'dport', /at most 1000/],
    ['rule=a%00b', 'rule', /^rule: there is a character that cannot be here \(U\+0000\) at offset 1/],
    ['rule=%1b[2J', 'rule', /U\+001B/],
    ['rule=%ED%A0%80', 'rule', /^rule: the % at offset 0 is not followed by two hexadecimal digits of UTF-8/],
    ['rule=ab%zz', 'rule', /offset 2/],
    ['rule=%ff', 'rule', /offset 0/],
    ['query=dprot%20==%2080', 'query', /dport/],
    ['query=ip-src%20==%20%22web%22', 'query', /ip-src|address/],
    ["query=fate%20==%20'drop", 'query', /./],
    [`query=${'('.repeat(400)}`, 'query', /./],
  ])('%s is refused with its place', async (query, field, detail) => {
    const [status, told] = await problem(`packets?${query}`);
    expect([status, told.field]).toEqual([400, field]);
    expect(told.detail).toMatch(detail);
  });

  const many = (value: (i: number) => string): string =>
    Array.from({ length: 1000 }, (_, i) => value(i)).join(',');

  it.each([
    ['ip-src', many((i) => `10.${i >> 8}.${i & 255}.0/24`)],
    ['ip-dst', many((i) => `!2001:db8:${i.toString(16)}::/48`)],
    ['sg-src', many((i) => `group-with-a-long-name-${i}`)],
    ['dport', many((i) => `${i}-${i + 1000}`)],
    ['tcp-flags', 'SYN,ACK'],
    ['packet-id', many((i) => String(2n ** 64n - 1n - BigInt(i)))],
    [
      'hw-src',
      many(
        (i) =>
          `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
      ),
    ],
    ['rule', many((i) => `${"\\'{p0:String}; --".repeat(2)} ${i}`)],
    ['ip', many((i) => `10.${i >> 8}.${i & 255}.0/24`)],
  ])('as many values of %s as are allowed are no fault of the server', async (name, values) => {
    const response = await get(`packets?${name}=${encodeURIComponent(values)}`);
    expect([response.statusCode, response.statusCode === 200 ? '' : response.body]).toEqual([
      expect.toSatisfy((status: number) => status < 500),
      expect.any(String),
    ]);
    if (name !== 'ip') expect(response.statusCode).toBe(200);
  });

  it('are refused where they are more than one answer may have', async () => {
    const [status, told] = await problem('traces?first=10001&format=jsonl');
    expect(status).toBe(422);
    expect(told).toMatchObject({ field: 'first', limit: 'query.max-rows' });
  });
});
