import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC, type Table } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, selectRows, type Store } from '#clickhouse';
import { equal } from '#filter';
import { BatchEncoder, decodeBatch, utcDays } from '#wire';
import { anyRow, batchOf, type RowValues } from '#testing/wire';
import { ArrowFormatter } from '../apps/visor-cli/src/format/arrow.js';
import { CsvFormatter } from '../apps/visor-cli/src/format/csv.js';

const HOUR_US = 3_600_000_000;

describe('the forms that the command line writes itself', () => {
  let directory: string;
  let store: Store;
  let lastId = 0n;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'visor-forms-'));
    store = await openStore({ url: `embedded:${join(directory, 'clickhouse')}`, fsync: false });
  });

  afterAll(async () => {
    await store?.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function put(rows: readonly RowValues[]): Promise<bigint> {
    const id = (lastId += 1n);
    const nowUs = Date.now() * 1000;
    const stamped = rows.map((row, hop) => ({
      ...row,
      ts: nowUs - (row.ts % (48 * HOUR_US)),
      hop,
      agent_id: 'agent',
      batch_id: id,
    }));
    const bytes = new BatchEncoder().encode(batchOf(stamped));
    const days = utcDays(decodeBatch(bytes));
    const batch = { batchId: id, agentId: 'agent', rows: rows.length, days, minutes: [], schema: '' };
    expect(await store.storeBatches([{ ...batch, bytes, repeated: false }])).toEqual(['inserted']);
    return id;
  }

  async function answer(id: bigint, format: 'jsonl' | 'csv' | 'arrow'): Promise<Buffer> {
    const filter = equal('batch_id', id);
    const form = format === 'arrow' ? 'arrow' : 'json';
    const statement = selectRows({ decisive: false, filter, take: { first: 1000 }, form });
    const parts: Uint8Array[] = [];
    for await (const part of store.queryStream(statement, format)) parts.push(part);
    return Buffer.concat(parts);
  }

  const rowsOf = async (id: bigint): Promise<string[]> =>
    (await answer(id, 'jsonl')).toString().split('\n').slice(0, -1);

  it('are the csv of the hub, byte for byte, for any rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 30 }), async (rows) => {
        const id = await put(rows);
        const formatter = new CsvFormatter();
        const text = formatter.rows(await rowsOf(id)) + formatter.end();
        expect(text).toBe((await answer(id, 'csv')).toString());
      }),
      { numRuns: 20 },
    );
  });

  const schemaOf = ({ schema }: Table): string[] =>
    schema.fields.map(({ name, type, nullable }) => `${name} ${String(type)}${nullable ? '' : ' not null'}`);
  const valuesOf = (table: Table): unknown[] =>
    table.toArray().map((row: { toJSON(): unknown }) => row.toJSON());

  it('are the arrow of the hub, type for type and value for value, for any rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 30 }), async (rows) => {
        const id = await put(rows);
        const formatter = new ArrowFormatter({ live: false });
        const head = await formatter.rows(await rowsOf(id));
        expect(head).toBe('');
        const ours = tableFromIPC(await formatter.end());
        const theirs = tableFromIPC(await answer(id, 'arrow'));
        expect(schemaOf(ours)).toEqual(schemaOf(theirs));
        expect(valuesOf(ours)).toEqual(valuesOf(theirs));
      }),
      { numRuns: 20 },
    );
  });
});
