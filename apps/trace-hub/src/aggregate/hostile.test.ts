import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { columns } from '#columns';
import { functionKinds } from '#clickhouse';
import { counted, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { trafficRows } from '../testing/traffic.js';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
  await publishRows(hub, 'web1', 1n, trafficRows());
  await counted(hub, 'ingest_batches', 1, 'inserted');
}, 60_000);
afterAll(() => hub.destroy());

/** What tries to be more than a value: for SQL, for the placeholders, for what reads lists. */
const hostile = fc.constantFrom(
  "'",
  "' OR 1=1 --",
  '`',
  '\\',
  "\\'",
  '{w0:String}',
  '{limit:UInt64}',
  '); DROP TABLE traces',
  '/*',
  '(((((((',
  ',,',
  '-',
  '%00',
  '\u0000',
  '\ud800',
  '💥',
  '99999999999999999999999',
  '-1',
  '1e400',
  'NaN',
  '__proto__',
  'constructor',
  'SETTINGS x = 1',
);
const sane = fc.constantFrom(
  'packets',
  'ip_src',
  'time',
  'p95(len)',
  'uniq(ip_dst)',
  'packets/s',
  'p50(bytes/s)',
  '-drops',
  'packets>1',
  '1m',
  'auto',
  '1h',
  '443',
  'true',
  'fate',
  'fate == dropped',
  'iif',
  'ttl',
);
const value = fc.oneof(
  sane,
  hostile,
  fc.tuple(sane, hostile).map((parts) => parts.join(',')),
  fc.string({ maxLength: 20 }),
);
const name = fc.constantFrom(
  'by',
  'select',
  'having',
  'sort',
  'limit',
  'others',
  'bucket',
  'step',
  'since',
  'until',
  'format',
  'query',
  'field',
  'prefix',
  'text',
  'cursor',
  'dport',
  'ip-src',
  'sg-src',
  'chain',
  'handle',
  'tcp-flags',
  'hw-src',
);
const path = fc.constantFrom('aggregate', 'series', 'hints', 'packets/123', 'query/complete');

const encode = (text: string): string => {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ff';
  }
};

/** Words of ClickHouse and of what runs it. */
const leak = /DB::Exception|Code: \d+|SYNTAX_ERROR|UNKNOWN_|at .*\.(js|ts):\d+/;

it('whatever is asked is answered, or refused with a problem that names no engine', async () => {
  let answered = 0;
  const request = fc.tuple(path, fc.array(fc.tuple(name, value), { maxLength: 5 }));
  await fc.assert(
    fc.asyncProperty(request, async ([to, parameters]) => {
      const query = parameters.map(([key, text]) => `${key}=${encode(text)}`).join('&');
      const { statusCode, body } = await hub.nest.inject({ url: `/api/v1/${to}?${query}` });
      if (statusCode === 200) answered++;
      expect([to, query, statusCode < 500]).toEqual([to, query, true]);
      expect(body).not.toMatch(leak);
    }),
    { numRuns: 300 },
  );
  expect(answered).toBeGreaterThan(10);
}, 120_000);

it('a text that is validated may be anything', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(value, fc.string({ unit: 'binary', maxLength: 200 })), async (query) => {
      const response = await hub.nest.inject({
        method: 'POST',
        url: '/api/v1/query/validate',
        payload: { query },
      });
      expect(response.statusCode).toBe(200);
      expect(typeof response.json<{ valid: boolean }>().valid).toBe('boolean');
    }),
    { numRuns: 200 },
  );
}, 120_000);

const numbers = columns.filter(({ kind }) => functionKinds.p.includes(kind)).map(({ name }) => name);
const any = columns.map(({ name }) => name);
const metric = fc.oneof(
  fc.constantFrom(
    'packets',
    'bytes',
    'drops',
    'hops',
    'packets/s',
    'bytes/s',
    'drops/s',
    'min(ts)',
    'max(ts)',
  ),
  fc.constantFrom(...any).map((column) => `uniq(${column})`),
  fc
    .tuple(fc.constantFrom('min', 'max', 'avg', 'p50', 'p90', 'p95', 'p99'), fc.constantFrom(...numbers))
    .map(([fn, column]) => `${fn}(${column})`),
  fc
    .tuple(fc.constantFrom('p50', 'p90', 'p95', 'p99'), fc.constantFrom('packets/s', 'bytes/s', 'drops/s'))
    .map(([fn, rate]) => `${fn}(${rate})`),
);
const keys = any.filter((column) => column !== 'ts');
const question = fc.record({
  by: fc.uniqueArray(fc.constantFrom('time', ...keys), { maxLength: 4 }),
  select: fc.array(metric, { minLength: 1, maxLength: 5 }),
  having: fc.array(
    fc.tuple(
      fc.constantFrom('packets', 'hops', 'avg(len)', 'p95(packets/s)', 'max(handle)'),
      fc.constantFrom('>', '<=', '!='),
      fc.constantFrom('0', '1.5', '-3', '18446744073709551615'),
    ),
  ),
  others: fc.boolean(),
  limit: fc.integer({ min: 1, max: 5 }),
  bucket: fc.constantFrom('auto', '1m', '7m', '30s', '1h', '1w'),
  filter: fc.constantFrom(
    '',
    '&dport=443',
    '&fate=!dropped',
    '&query=ip==10.0.0.0/8',
    '&query=sport<dport',
    '&query=chain~inp',
    '&sg-src=web',
  ),
});

it('every question that is well put is answered', async () => {
  await fc.assert(
    fc.asyncProperty(question, async ({ by, select, having, others, limit, bucket, filter }) => {
      const conditions = having
        .slice(0, 3)
        .map((parts) => parts.join(''))
        .join(',');
      const timed = by.includes('time') ? `&bucket=${bucket}` : '';
      const groups = `aggregate?by=${by.join(',')}&others=${others}&having=${encode(conditions)}${timed}`;
      const [key] = by.filter((name) => name !== 'time');
      const series = `series?by=${key ?? ''}&bucket=${bucket}`;
      for (const path of [groups, series]) {
        const url = `/api/v1/${path}&select=${encode(select.join(','))}&limit=${limit}&since=3h${filter}`;
        const { statusCode, body } = await hub.nest.inject({ url });
        expect([url, statusCode, statusCode === 200 ? '' : body]).toEqual([url, 200, '']);
      }
      if (key === undefined) return;
      const hints = await hub.nest.inject({ url: `/api/v1/hints?field=${key}&limit=${limit}${filter}` });
      expect([key, hints.statusCode]).toEqual([key, 200]);
    }),
    { numRuns: 80 },
  );
}, 120_000);
