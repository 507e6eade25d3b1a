import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JsonRow } from '#columns';
import { equal, type Filter } from '#filter';
import { QueryService } from '../query/query.service.js';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { NewestRows } from './newest-rows.service.js';

interface Page {
  readonly rows: JsonRow[];
  readonly next?: string;
  readonly searched: { readonly rows_read: number };
}

let hub: TestHub;
const day_us = 86_400e6;
/** Days ago; the newest day has fewer rows than most questions ask for. */
const ages = [4, 3.2, 3.1, 2.5, 2, 1.5, 1.2, 0.6, 0.3, 0.1, 0.01];

beforeAll(async () => {
  hub = await startTestHub();
  const now = nowUs();
  const rows = ages.map((age, i) => ({
    agent_id: 'web1',
    ts: Math.floor(now - age * day_us),
    packet_id: BigInt(i + 1),
    decisive: true,
    dport: i % 2 === 0 ? 22 : 80,
  }));
  await publishRows(hub, 'web1', 1n, rows);
  await counted(hub, 'ingest_batches', 1, 'inserted');
}, 60_000);
afterAll(() => hub.destroy());

const all = ages.map((_, i) => String(i + 1));

async function page(query: string): Promise<Page & { readonly ids: readonly string[] }> {
  const response = await hub.nest.inject({ method: 'GET', url: `/api/v1/packets?${query}` });
  expect(response.statusCode).toBe(200);
  const answer = response.json<Page>();
  return { ...answer, ids: answer.rows.map(({ packet_id }) => String(packet_id)) };
}

it.each([
  ['of the newest day alone', 'last=3', all.slice(-3)],
  ['of the newest day and those before it', 'last=8', all.slice(-8)],
  ['all, where there are no more', 'last=100', all],
  ['of a filter', 'dport=22&last=4', all.filter((_, i) => i % 2 === 0).slice(-4)],
  ['before a time', 'until=52h48m&last=3', ['2', '3', '4']],
  ['since a time within the newest day', 'since=12h&last=100', all.slice(-3)],
  ['since a time before it', 'since=50h&last=100', all.slice(4)],
])('the last rows: %s', async (_, query, ids) => {
  expect((await page(query)).ids).toEqual(ids);
});

it('pages go on from day to day, and tell all that was read', async () => {
  const ids: string[] = [];
  for (let cursor = ''; ;) {
    const { ids: some, next, searched } = await page(`last=2${cursor}`);
    expect(searched.rows_read).toBeGreaterThan(0);
    ids.unshift(...some);
    if (next === undefined) break;
    cursor = `&cursor=${next}`;
  }
  expect(ids).toEqual(all);
});

it('as NDJSON they are the same', async () => {
  const response = await hub.nest.inject({ method: 'GET', url: '/api/v1/packets?last=9&format=jsonl' });
  const ids = response.body
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as JsonRow).packet_id);
  expect(ids).toEqual(all.slice(-9));
});

it('of nothing there is nothing', async () => {
  expect((await page('dport=9&last=5')).ids).toEqual([]);
});

/** The statements of the hub's own queries, counted. */
function counting(): { newest: NewestRows; statements: () => number } {
  const queries = hub.nest.get(QueryService);
  let count = 0;
  const whole: QueryService['whole'] = (...asked) => {
    count++;
    return queries.whole(...asked);
  };
  const counted = { whole, document: queries.document.bind(queries) } as unknown as QueryService;
  return { newest: new NewestRows(counted), statements: () => count };
}

it('asks once where the newest day is enough, and once where questions of the kind found too little there', async () => {
  const { newest, statements } = counting();
  const signal = AbortSignal.timeout(60_000);
  const ask = async (filter: Filter, last: number): Promise<number> => {
    const before = statements();
    await newest.read({ decisive: true, filter, take: { last } }, undefined, signal);
    return statements() - before;
  };
  const busy = equal('agent_id', 'web1');
  const rare = equal('dport', 22);
  const asked: number[] = [];
  for (let i = 0; i < 3; i++) asked.push(await ask(busy, 1), await ask(rare, 6));
  expect(asked).toEqual([1, 2, 1, 1, 1, 1]);
  // Of those that were asked for as a whole it is learnt too that the newest day would have been enough.
  await ask(rare, 1);
  await ask(rare, 1);
  expect(await ask(rare, 6)).toBe(2);
});
