import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonRow } from '#columns';
import { openStore, selectRows, type Store } from '#clickhouse';
import { equal, filterFromParameters, toPredicate } from '#filter';
import { BatchEncoder, decodeBatch, utcDays } from '#wire';
import { anyRow, batchOf, type RowValues } from '#testing/wire';

const HOUR_US = 3_600_000_000;

/** Addresses whose text forms differ between programs. */
const oddAddresses = [
  '00000000000000000000000000000000',
  '00000000000000000000000000000001',
  '00000000000000000000000000010002',
  '00000000000000000000000000010000',
  '0000000000000000000000000a000001',
  '0000000000000000000000000000ffff',
  '00000000000000000000ffff00000000',
  '00000000000000000000ffff0a000001',
  '00000000000000000000fffe0a000001',
  '00000000ffff00010002000300040005',
  '00000000000000010000000000000001',
  '00010000000000000002000000000003',
  '00010000000000020000000000030004',
  '00010002000300040005000600070000',
  '00000002000300040005000600070008',
  'ffffffffffffffffffffffffffffffff',
  '20010db8000000000001000000000001',
  '0064ff9b000000000000000001020304',
].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));

describe('what the store keeps', () => {
  const encoder = new BatchEncoder();
  let directory: string;
  let store: Store;
  let lastId = 0n;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'visor-store-'));
    store = await openStore({ url: `embedded:${join(directory, 'clickhouse')}`, fsync: false });
  });

  afterAll(async () => {
    await store?.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** Stores the rows as one batch; the time of each is moved into what the table keeps. */
  async function put(rows: readonly RowValues[]): Promise<{ id: bigint; bytes: Uint8Array }> {
    const id = (lastId += 1n);
    const nowUs = Date.now() * 1000;
    const stamped = rows.map((row, i) => ({
      ...row,
      ts: nowUs - (row.ts % (48 * HOUR_US)),
      packet_id: row.packet_id,
      hop: i,
      agent_id: 'agent',
      batch_id: id,
    }));
    const bytes = encoder.encode(batchOf(stamped));
    const days = utcDays(decodeBatch(bytes));
    const batch = { batchId: id, agentId: 'agent', rows: rows.length, days, minutes: [], schema: '' };
    expect(await store.storeBatches([{ ...batch, bytes, repeated: false }])).toEqual(['inserted']);
    return { id, bytes };
  }

  async function read(id: bigint): Promise<string[]> {
    const query = { decisive: false, filter: equal('batch_id', id), take: { first: 1000 } };
    const text = await store.queryText(selectRows(query));
    return text.split('\n').slice(0, -1);
  }

  /** The rows as the live stream shows them, in the order of the store. */
  function shown(bytes: Uint8Array): unknown[] {
    const batch = decodeBatch(bytes);
    const key = (row: number): [number, bigint, number] => [
      batch.get('ts', row),
      batch.get('packet_id', row),
      batch.get('hop', row),
    ];
    const rows = Array.from({ length: batch.rows }, (_, row) => row);
    rows.sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      const at = x.findIndex((value, i) => value !== y[i]);
      return at === -1 ? 0 : (x[at] as bigint) < (y[at] as bigint) ? -1 : 1;
    });
    return rows.map((row) => jsonRow(batch, row));
  }

  it('comes out in the JSON form of the live stream, for any rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 30 }), async (rows) => {
        const { id, bytes } = await put(rows);
        const lines = await read(id);
        expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(shown(bytes));
      }),
      { numRuns: 40 },
    );
  });

  it('has the columns in the order of the live stream', async () => {
    const { id, bytes } = await put(fc.sample(anyRow, { numRuns: 1, seed: 1 }));
    const [line = '{}'] = await read(id);
    expect(Object.keys(JSON.parse(line) as object)).toEqual(Object.keys(shown(bytes)[0] as object));
  });

  it('shows odd addresses as the live stream does', async () => {
    const [row] = fc.sample(anyRow, { numRuns: 1, seed: 2 });
    const rows = oddAddresses.map((ip) => ({ ...(row as RowValues), ip_src: ip, ip_dst: ip }));
    const { id, bytes } = await put(rows);
    const parsed = (await read(id)).map((line) => JSON.parse(line) as unknown);
    expect(parsed).toEqual(shown(bytes));
  });

  it('finds by a filter the rows that the live stream finds', async () => {
    const rows = fc.sample(anyRow, { numRuns: 200, seed: 3 });
    const { id, bytes } = await put(rows);
    const filter = filterFromParameters({
      batch_id: id.toString(),
      'tcp-flags': ['SYN', 'ACK'],
      iif: '!eth0',
    });
    const batch = decodeBatch(bytes);
    const matches = toPredicate(filter)(batch);
    const expected = Array.from({ length: batch.rows }, (_, row) => row).filter(matches);
    const found = await store.queryText(selectRows({ decisive: false, filter, take: { first: 1000 } }));
    expect(found.split('\n').length - 1).toBe(expected.length);
    expect(expected.length).toBeGreaterThan(0);
  });
});
