import { setTimeout as sleep } from 'node:timers/promises';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it, onTestFinished } from 'vitest';
import { limitSettings, withSettings } from './settings.js';
import { type Store } from './store.js';
import { storageModes, temporaryStore } from './testing/directory.js';

const limits = { seconds: 30, memoryBytes: 2 ** 30, rows: 1e6, readBytes: 2 ** 40 };
/** Minutes of work, with one row at the end. */
const endless = { sql: 'SELECT sum(sipHash64(number)) AS sum FROM numbers(100000000000)' };
/** … and with rows all the time. */
const endlessRows = { sql: 'SELECT sipHash64(number) AS hash FROM numbers(100000000000)' };

const running = async (store: Store): Promise<number> => {
  const sql =
    "SELECT toInt32(count()) AS n FROM system.processes WHERE query LIKE '%sipHash64%100000000000%' AND query NOT LIKE '%system.processes%'";
  return (JSON.parse(await store.queryText({ sql })) as { n: number }).n;
};

const patience = { timeout: 30_000 };

/** @returns seconds of CPU that this process takes in a second: nothing where nothing runs, however busy the machine is */
async function load(): Promise<number> {
  const before = process.cpuUsage();
  await sleep(1000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** What goes on for minutes leaves no quiet second; what the engine or Node tidies up is soon over. */
const becomesQuiet = (): Promise<unknown> => expect.poll(load, patience).toBeLessThan(0.2);

describe.each(storageModes)('reads (%s)', { timeout: 120_000 }, (mode) => {
  it('give a result as a whole with what was read for it', async () => {
    const store = await temporaryStore(mode);
    const sql = "SELECT number AS a, 'x\ny' AS b FROM numbers(300000) WHERE number % 100000 = 7";
    const { bytes, readRows, readBytes } = await store.queryWhole({ sql });
    expect(Buffer.from(bytes).toString()).toBe(
      '{"a":7,"b":"x\\ny"}\n{"a":100007,"b":"x\\ny"}\n{"a":200007,"b":"x\\ny"}\n',
    );
    expect([readRows, readBytes]).toEqual([300_000, 2_400_000]);
    const none = await store.queryWhole({ sql: 'SELECT number FROM numbers(1000) WHERE number % 7 = 9' });
    expect([none.bytes.length, none.readRows]).toEqual([0, 1000]);
  });

  it('give CSV and Arrow in one piece, however many chunks there are', async () => {
    const store = await temporaryStore(mode);
    const sql =
      "SELECT number AS a, 'b' AS b FROM numbers(200000) SETTINGS output_format_arrow_compression_method = 'none'";
    const chunks = async (format: 'csv' | 'arrow'): Promise<Buffer> => {
      const parts: Uint8Array[] = [];
      for await (const part of store.queryStream({ sql }, format)) parts.push(part);
      return Buffer.concat(parts);
    };
    const csv = (await chunks('csv')).toString().split('\n');
    expect([csv.length, csv.filter((line) => line === '"a","b"').length]).toEqual([200_002, 1]);
    const table = tableFromIPC(await chunks('arrow'));
    expect([table.numRows, table.numCols]).toEqual([200_000, 2]);
    const column = table.getChild('a')?.toArray() as BigUint64Array;
    expect(column.reduce((sum, value) => sum + value, 0n)).toBe((200_000n * 199_999n) / 2n);
  });

  it.each([
    [{ seconds: 0.3 }, endless.sql, 'too_slow'],
    [{ memoryBytes: 20e6 }, 'SELECT length(groupArray(number)) FROM numbers(100000000)', 'query_memory'],
    [{ rows: 5 }, 'SELECT number FROM numbers(10)', 'too_many_rows'],
    [{ readBytes: 1e6 }, endless.sql, 'too_many_bytes'],
  ])('end where they need more than %o', async (less, sql, code) => {
    const store = await temporaryStore(mode);
    const statement = withSettings({ sql }, limitSettings({ ...limits, ...less }));
    await expect(store.queryWhole(statement)).rejects.toMatchObject({ name: 'StoreError', code });
    await expect(store.queryText(statement)).rejects.toMatchObject({ name: 'StoreError', code });
    // Nothing of it stays for the next.
    expect(await store.queryText({ sql: 'SELECT count() FROM numbers(1000000)' })).toContain('1000000');
  });

  it.each([
    ['as a whole', (store: Store, signal: AbortSignal) => store.queryWhole(endless, { signal })],
    [
      'before their first row',
      (store: Store, signal: AbortSignal) => drain(store.queryStream(endless, 'jsonl', signal)),
    ],
    [
      'between rows',
      (store: Store, signal: AbortSignal) => drain(store.queryStream(endlessRows, 'jsonl', signal)),
    ],
  ])('really end in ClickHouse when nobody waits any more: %s', async (_, read) => {
    const store = await temporaryStore(mode);
    const gone = new AbortController();
    onTestFinished(() => gone.abort());
    const reading = read(store, gone.signal).then(
      () => 'done',
      (error: unknown) => error,
    );
    await expect.poll(() => running(store), patience).toBe(1);
    gone.abort(new Error('gone'));
    expect(await reading).toMatchObject({ name: 'StoreError', code: 'cancelled' });
    await expect.poll(() => running(store), patience).toBe(0);
    await becomesQuiet();
  });

  it('really end in ClickHouse when their loop ends early', async () => {
    const store = await temporaryStore(mode);
    for await (const _ of store.queryStream(endlessRows)) break;
    await expect.poll(() => running(store), patience).toBe(0);
    await becomesQuiet();
  });

  it('do not begin where nobody waits', async () => {
    const store = await temporaryStore(mode);
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(store.queryWhole(endless, { signal })).rejects.toMatchObject({ code: 'cancelled' });
    await expect(drain(store.queryStream(endless, 'jsonl', signal))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}
