import { setTimeout as sleep } from 'node:timers/promises';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joined } from '#clickhouse';
import { Problem } from '../http/problem.js';
import { QueryService } from '../query/query.service.js';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { RowSlices, type SliceQuery } from './row-slices.js';

let hub: TestHub;
const start = (Math.floor(nowUs() / 1e6) - 3600) * 1e6;
const packets = 4000;
const signal = new AbortController().signal;

const row = (id: number, ts: number) => ({ packet_id: BigInt(id), ts, hop: 0, decisive: true });

beforeAll(async () => {
  hub = await startTestHub({ queryMaxRows: 10_000 });
  const rows = Array.from({ length: packets }, (_, i) => row(i + 1, start + i * 1000));
  await publishRows(hub, 'web1', 1n, rows);
  await counted(hub, 'ingest_batches', 1, 'inserted');
}, 60_000);

afterAll(() => hub.destroy());

const everything = (): SliceQuery => ({
  decisive: true,
  filter: undefined,
  sinceUs: start,
  untilUs: start + 100_000e6,
  after: undefined,
  rows: Infinity,
  format: 'arrow',
});

async function idsOf(slices: RowSlices): Promise<number[]> {
  const parts: Uint8Array[] = [];
  for await (const part of joined('ArrowStream', slices.parts())) parts.push(part);
  return [...(tableFromIPC(Buffer.concat(parts)).getChild('packet_id') ?? [])].map(Number);
}

describe('slices of rows', { timeout: 60_000 }, () => {
  it('are tried again with a narrower window where they read too much', async () => {
    const queries = hub.nest.get(QueryService);
    const asked: number[] = [];
    const widest = 60e6;
    const wary = {
      stored: (...[statement, options]: Parameters<QueryService['stored']>) => {
        const [from, to] = ['p0', 'p1'].map(
          (name) => Date.parse(`${String(statement.params?.[name])}Z`) * 1000,
        );
        asked.push((to ?? 0) - (from ?? 0));
        if ((asked.at(-1) ?? 0) > widest) throw new Problem(422, 'too much', { limit: 'query.max-bytes' });
        return queries.stored(statement, options);
      },
    } as unknown as QueryService;
    const query = {
      ...everything(),
      sinceUs: start + packets * 1000,
      untilUs: start + 1000e6,
      format: 'jsonl',
    };
    const slices = new RowSlices(wary, query as SliceQuery, signal);
    for await (const part of slices.parts()) expect(part).toHaveLength(0);
    expect(Math.max(...asked)).toBeGreaterThan(widest);
    expect(asked.length).toBeLessThan(200);
  });

  it('lose no row to one that comes while they are read', async () => {
    const queries = hub.nest.get(QueryService);
    let late = 0;
    const busy = {
      whole: queries.whole.bind(queries),
      document: async (...asked: Parameters<QueryService['document']>) => {
        const found = await queries.document(...asked);
        if (late++ === 0) {
          await publishRows(hub, 'web1', 2n, [row(1_000_000, start + 1)]);
          await counted(hub, 'ingest_batches', 2, 'inserted');
        }
        return found;
      },
    } as unknown as QueryService;
    const ids = await idsOf(new RowSlices(busy, everything(), signal));
    expect(late).toBeGreaterThan(1);
    const before = Array.from({ length: packets }, (_, i) => i + 1);
    expect(ids.filter((id) => id <= packets)).toEqual(before);
  });

  it('are read one ahead and no more, and not at all after their reader has left', async () => {
    const queries = hub.nest.get(QueryService);
    const asked: AbortSignal[] = [];
    /** How many were asked for when each one's text was made. */
    const before: number[] = [];
    let done = 0;
    const watched = {
      stored: async (...[statement, options]: Parameters<QueryService['stored']>) => {
        // A turn is waited for first.
        await Promise.resolve();
        asked.push(options.signal);
        const slice = await queries.stored(statement, options);
        done++;
        return { ...slice, text: () => (before.push(asked.length), slice.text()) };
      },
    } as unknown as QueryService;
    const query: SliceQuery = { ...everything(), format: 'jsonl', untilUs: start + packets * 1000 };
    const parts = new RowSlices(watched, query, signal).parts();
    const texts: string[] = [];
    for await (const part of parts) {
      texts.push(Buffer.from(part).toString());
      if (texts.length > 1) continue;
      await expect.poll(() => done, { timeout: 10_000 }).toBe(2);
      await sleep(300);
      expect(asked).toHaveLength(2);
    }
    expect(before.slice(0, 2)).toEqual([2, 3]);
    const lines = texts.join('').trimEnd().split('\n');
    const ids = lines.map((line) => Number((JSON.parse(line) as { packet_id: string }).packet_id));
    expect(ids.filter((id) => id <= packets)).toEqual(Array.from({ length: packets }, (_, i) => i + 1));

    asked.length = 0;
    for await (const part of new RowSlices(watched, query, signal).parts()) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    expect(asked.map(({ aborted }) => aborted)).toEqual([true, true]);
    await sleep(300);
    expect(asked).toHaveLength(2);
  });

  it('give what was read before one that fails, and then its reason', async () => {
    const queries = hub.nest.get(QueryService);
    let asked = 0;
    let given = 0;
    const failing = {
      stored: async (...[statement, options]: Parameters<QueryService['stored']>) => {
        if (++asked > 2) throw new Problem(503, 'away');
        const slice = await queries.stored(statement, options);
        given += slice.rows;
        return slice;
      },
    } as unknown as QueryService;
    const query: SliceQuery = { ...everything(), format: 'csv', untilUs: start + packets * 1000 };
    let lines = 0;
    const reading = (async () => {
      for await (const part of joined('CSVWithNames', new RowSlices(failing, query, signal).parts())) {
        lines += Buffer.from(part).toString().split('\r\n').length - 1;
        await sleep(100);
      }
    })();
    await expect(reading).rejects.toThrow('away');
    expect(given).toBeGreaterThan(1000);
    expect([asked, lines]).toEqual([3, 1 + given]);
  });
});
