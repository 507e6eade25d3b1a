import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseFilter } from '#filter';
import { Problem } from '../http/problem.js';
import { HintsService } from '../hints/hints.service.js';
import { counted, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { ip4, trafficRows, trafficStart } from '../testing/traffic.js';
import { type CompletionJson } from './complete.service.js';
import { type ValidationJson } from './validate.service.js';

let hub: TestHub;
const odd = 'my "chain" and\\ü';

beforeAll(async () => {
  hub = await startTestHub();
  const more = ['and', 'a b', odd, 'input2'].map((chain, i) => {
    return {
      ts: trafficStart,
      packet_id: BigInt(i),
      decisive: true,
      chain,
      ip_src: ip4(9),
      ip_dst: ip4(1),
      dport: 8443,
    };
  });
  await publishRows(hub, 'web1', 1n, [...trafficRows(), ...more]);
  await counted(hub, 'ingest_batches', 1, 'inserted');
}, 60_000);
afterAll(() => hub.destroy());

const post = (payload: unknown) =>
  hub.nest.inject({ method: 'POST', url: '/api/v1/query/validate', payload: payload as object });

describe('validate', () => {
  it.each([
    ['ip-src in 10.0.0.0/8 && DPORT=443', 'ip-src in 10.0.0.0/8 and dport == 443', ['ip_src', 'dport']],
    ['', '', []],
    ['sport == dport', 'sport == dport', ['sport', 'dport']],
  ])('%s is %s', async (query, normalized, columns) => {
    const response = await post({ query });
    expect(response.statusCode).toBe(200);
    expect(response.json<ValidationJson>()).toEqual({ valid: true, query: normalized, columns });
  });

  it.each([
    ['dport == 80 and\n dprot == 1', 'unknown_column', 17, 2, 2],
    ['ip-src == "x"', 'malformed', 10, 1, 11],
    ['dport == "', 'syntax', 9, 1, 10],
  ])('%s is not valid', async (query, code, offset, line, column) => {
    const response = await post({ query });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ valid: false, problem: { code, offset, line, column } });
  });

  it.each([[{}], [{ query: 1 }], [{ query: 'x', more: 1 }], [['query']]])(
    'refuses the body %j',
    async (body) => {
      expect((await post(body)).statusCode).toBe(400);
    },
  );
});

it('a body that curl -d sent as a form is told its header', async () => {
  const response = await hub.nest.inject({
    method: 'POST',
    url: '/api/v1/query/validate',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: '{"query": "dport == 1"}',
  });
  expect(response.statusCode).toBe(400);
  expect(response.json<{ detail: string }>().detail).toMatch(/Content-Type: application\/json$/);
});

async function complete(text: string): Promise<CompletionJson> {
  const cursor = text.indexOf('|');
  const query = new URLSearchParams({ text: text.replace('|', ''), cursor: String(cursor) });
  const response = await hub.nest.inject({ url: `/api/v1/query/complete?${query.toString()}` });
  expect(response.statusCode).toBe(200);
  return response.json<CompletionJson>();
}

describe('complete', () => {
  it('proposes columns, operators, and values that rows have by frequency', async () => {
    expect((await complete('dpo|')).candidates).toMatchObject([{ kind: 'column', text: 'dport' }]);
    expect((await complete('dport |')).candidates[0]).toMatchObject({ kind: 'operator' });
    const ports = await complete('dport == |');
    expect(ports.candidates.slice(0, 3)).toEqual([
      { kind: 'value', text: '443', count: 40 },
      { kind: 'value', text: '22', count: 20 },
      { kind: 'value', text: '53', count: 16 },
    ]);
    expect((await complete('dport == 84|')).candidates).toEqual([{ kind: 'value', text: '8443', count: 4 }]);
    expect(await complete('chain == in|')).toMatchObject({ from: 9, to: 11 });
  });

  it('adds up both sides', async () => {
    const { candidates } = await complete('ip == 10.0.0.|');
    expect(candidates[0]).toEqual({ kind: 'value', text: '10.0.0.1', count: 44 });
  });

  it('writes values so that the language reads them back', async () => {
    const { candidates } = await complete('chain == |');
    const values = candidates.filter(({ kind }) => kind === 'value').map(({ text }) => text);
    expect(values).toEqual(expect.arrayContaining(['input', '"and"', '"a b"']));
    const read = values.map((text) => (parseFilter(`chain == ${text}`) as { value?: unknown }).value);
    expect(read).toEqual(expect.arrayContaining(['input', 'and', 'a b', odd]));
    const quoted = await complete('chain == "in|');
    expect(quoted.candidates.map(({ text }) => text)).toEqual(['"input"', '"input2"']);
  });

  it('says why values are missing where they cannot be read', async () => {
    const hints = hub.nest.get(HintsService, { strict: false });
    vi.spyOn(hints, 'ask').mockRejectedValueOnce(new Problem(503, 'ClickHouse does not answer'));
    expect(await complete('dport == |')).toMatchObject({ missing: 'ClickHouse does not answer' });
  });

  it.each(['cursor=x', 'text=a&cursor=-1', 'since=2100-01-01', 'query=x'])('refuses %s', async (query) => {
    expect((await hub.nest.inject({ url: `/api/v1/query/complete?${query}` })).statusCode).toBe(400);
  });
});
