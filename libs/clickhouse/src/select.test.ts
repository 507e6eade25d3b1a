import { describe, expect, it } from 'vitest';
import { filterFromParameters } from '#filter';
import { selectRows } from './select.js';
import { batchOf, noonUs } from './testing/batch.js';
import { storageModes, storeOne, temporaryStore } from './testing/directory.js';

describe('selectRows', () => {
  it('is as in golden/packets.sql for the newest decisive rows of a filter', async () => {
    const { sql, params } = selectRows({
      decisive: true,
      filter: filterFromParameters({ 'ip-src': '10.0.0.0/8', dport: ['443', '8443'], iif: '!lo' }),
      sinceUs: 1_795_242_433_123_456,
      untilUs: 1_795_328_833_000_000,
      take: { last: 20 },
    });
    await expect(`${sql}\n-- ${JSON.stringify(params)}\n`).toMatchFileSnapshot('../golden/packets.sql');
  });

  it('is as in golden/traces.sql for the first rows without a filter', async () => {
    const { sql, params } = selectRows({ decisive: false, take: { first: 100 } });
    await expect(`${sql}\n-- ${JSON.stringify(params)}\n`).toMatchFileSnapshot('../golden/traces.sql');
  });
});

const countLines = (chunk: Uint8Array | void): number =>
  new TextDecoder('latin1').decode(chunk ?? new Uint8Array(0)).split('\n').length - 1;

describe.each(storageModes)('rows of the store (%s)', { timeout: 30_000 }, (mode) => {
  const start = noonUs(0);
  const rows = [4n, 2n, 2n, 10n, 7n].map((id, i) => ({
    ts: start + (id === 2n ? 1 : i),
    packet_id: id,
    hop: 5 - i,
  }));

  it('come in the order of time, packet and hop, whichever are taken', async () => {
    const store = await temporaryStore(mode);
    await storeOne(store, batchOf(1n, rows));
    const read = async (take: { first: number } | { last: number }, since?: number, until?: number) => {
      const query = { decisive: false, take, sinceUs: since, untilUs: until };
      const parsed = JSON.parse(await store.queryText(selectRows(query), 'json')) as {
        packet_id: string;
        hop: number;
      }[];
      return parsed.map((row) => `${row.packet_id}/${row.hop}`);
    };
    expect(await read({ first: 10 })).toEqual(['4/5', '2/3', '2/4', '10/2', '7/1']);
    expect(await read({ first: 2 })).toEqual(['4/5', '2/3']);
    expect(await read({ last: 2 })).toEqual(['10/2', '7/1']);
    expect(await read({ last: 10 }, start + 1, start + 4)).toEqual(['2/3', '2/4', '10/2']);
    expect(await read({ last: 10 }, start + 5)).toEqual([]);
  });

  it('come as lines or as one array', async () => {
    const store = await temporaryStore(mode);
    const statement = selectRows({ decisive: false, take: { first: 3 } });
    expect(await store.queryText(statement, 'jsonl')).toBe('');
    expect(await store.queryText(statement, 'json')).toBe('[]\n');
    await storeOne(store, batchOf(1n, rows));
    const lines = (await store.queryText(statement)).split('\n');
    expect(lines).toHaveLength(4);
    expect(JSON.parse(await store.queryText(statement, 'json'))).toEqual(
      lines.slice(0, 3).map((line) => JSON.parse(line) as unknown),
    );
  });

  it('come in chunks; inserts and other reads go on meanwhile', async () => {
    const store = await temporaryStore(mode);
    const many = Array.from({ length: 70_000 }, (_, i) => ({ ts: start + i, packet_id: BigInt(i) }));
    await storeOne(store, batchOf(1n, many));
    const stream = store.queryStream(selectRows({ decisive: false, take: { first: 1_000_000 } }));
    const first = await stream.next();
    expect(first.done).toBe(false);
    expect(await storeOne(store, batchOf(2n, rows))).toBe('inserted');
    const other = await store.queryText(selectRows({ decisive: false, take: { last: 1 } }));
    expect(JSON.parse(other)).toMatchObject({ packet_id: '69999' });
    let lines = countLines(first.value);
    for await (const chunk of stream) lines += countLines(chunk);
    expect(lines).toBe(70_000);
  });

  it('may be left in the middle', async () => {
    const store = await temporaryStore(mode);
    const many = Array.from({ length: 70_000 }, (_, i) => ({ ts: start + i, packet_id: BigInt(i) }));
    await storeOne(store, batchOf(1n, many));
    for (let i = 0; i < 10; i++) {
      let chunks = 0;
      for await (const _ of store.queryStream(selectRows({ decisive: false, take: { first: 1_000_000 } }))) {
        chunks++;
        break;
      }
      expect(chunks).toBe(1);
    }
    expect(await store.queryText(selectRows({ decisive: true, take: { first: 1 } }))).toBe('');
  });

  it('give a StoreError for a query that ClickHouse refuses', async () => {
    const store = await temporaryStore(mode);
    await expect(store.queryText({ sql: 'SELECT nothing FROM traces' })).rejects.toMatchObject({
      name: 'StoreError',
      op: 'read',
      code: 'failed',
      message: expect.stringContaining('UNKNOWN_IDENTIFIER') as string,
    });
  });
});
