import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EmbeddedEngine } from './embedded.js';
import { selectRows } from './select.js';
import { type LossJson } from './loss-columns.js';
import { selectLosses } from './losses.js';
import { openStore } from './store.js';
import { batchOf, noonUs } from './testing/batch.js';
import { storeOne, temporaryDirectory, temporaryStore } from './testing/directory.js';
import { HttpFront } from './testing/http-front.js';

const rows = Array.from({ length: 10 }, (_, i) => ({ ts: noonUs(0) + i, packet_id: BigInt(i) }));
const all = selectRows({ decisive: false, take: { first: 100 } });

/** Another process that has the directory open. */
async function holdOpen(directory: string): Promise<number> {
  const code = `require('chdb/connection').createChdbConnection({ path: process.argv[1] }); console.log('open'); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['-e', code, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

describe('an embedded store', { timeout: 60_000 }, () => {
  it('has its rows after it was closed and opened again', async () => {
    const url = `embedded:${await temporaryDirectory()}/new/clickhouse`;
    const first = await openStore({ url });
    await storeOne(first, batchOf(1n, rows));
    const before = await first.queryText(all);
    await first.close();
    const second = await openStore({ url });
    onTestFinished(() => second.close());
    expect(await second.queryText(all)).toBe(before);
    expect(before.split('\n')).toHaveLength(11);
  });

  it('removes at its start what a crash left on its way in', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'incoming'));
    await writeFile(join(directory, 'incoming', 'half.arrow'), 'half');
    const store = await openStore({ url: `embedded:${directory}` });
    onTestFinished(() => store.close());
    expect(await readdir(join(directory, 'incoming'))).toEqual([]);
  });

  it('says which process has its directory, and opens once that is gone', async () => {
    const directory = await temporaryDirectory();
    const pid = await holdOpen(directory);
    await expect(openStore({ url: `embedded:${directory}` })).rejects.toMatchObject({
      name: 'StoreError',
      code: 'in_use',
      message: `ClickHouse directory ${directory} is in use by another process (pid ${pid}): stop it or set storage.clickhouse.url to another directory.`,
    });
    process.kill(pid, 'SIGKILL');
    await expect
      .poll(
        () =>
          openStore({ url: `embedded:${directory}` }).then(
            (store) => store.close().then(() => 'opened'),
            String,
          ),
        { timeout: 50_000 },
      )
      .toBe('opened');
  });

  it('refuses a second directory in one process', async () => {
    const store = await temporaryStore();
    await expect(openStore({ url: `embedded:${await temporaryDirectory()}` })).rejects.toMatchObject({
      code: 'in_use',
      message: expect.stringContaining(`is in use by this process, which has ${store.place} open`) as string,
    });
  });

  it('says that a directory cannot be used', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'file'), '');
    const below = join(directory, 'file', 'below');
    for (const path of [join(directory, 'file'), below, '/proc/x', '/proc/x/y', '/proc/self/x']) {
      await expect(openStore({ url: `embedded:${path}` })).rejects.toMatchObject({
        code: 'unusable_directory',
        message: expect.stringContaining(
          `ClickHouse directory ${path} cannot be used: make it writable`,
        ) as string,
      });
    }
  });

  it('refuses a URL that is none, without showing its password', async () => {
    for (const url of ['', 'embedded:', 'clickhouse', 'tcp://visor:secret@host:9000']) {
      const refused = await openStore({ url }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ name: 'StoreError', code: 'bad_url' });
      expect(String(refused)).not.toContain('secret');
    }
  });
});

describe('a store on a server', { timeout: 30_000 }, () => {
  async function gateway(): Promise<string> {
    const engine = await EmbeddedEngine.open(await temporaryDirectory());
    onTestFinished(() => engine.close());
    const server = await HttpFront.start(engine);
    onTestFinished(() => server.stop());
    return server.host;
  }

  it('inserts, reads and repairs as the embedded one', async () => {
    const store = await openStore({ url: `http://visor:secret@${await gateway()}/default` });
    onTestFinished(() => store.close());
    expect(await storeOne(store, batchOf(1n, rows.slice(0, 4)))).toBe('inserted');
    expect(await storeOne(store, batchOf(1n, rows, true))).toBe('repaired');
    expect(await storeOne(store, batchOf(1n, rows, true))).toBe('already');
    const twoDays = [...rows, ...rows.map(({ ts, packet_id }) => ({ ts: ts - 86_400_000_000, packet_id }))];
    expect(await storeOne(store, batchOf(2n, twoDays))).toBe('inserted');
    const parsed = JSON.parse(await store.queryText(all, 'json')) as { batch_id: string; agent_id: string }[];
    expect(parsed.map((row) => row.batch_id).sort()).toEqual([
      ...Array<string>(10).fill('1'),
      ...Array<string>(20).fill('2'),
    ]);
    expect(parsed[0]?.agent_id).toBe("o'brien\\1");
    const loss = { agent_id: "o'brien\\1\t", netns: '', run: 'aa', cause: 'overrun', from_us: noonUs(0) };
    await store.storeLosses([
      { ...loss, seq: 1, events: 5, until_us: noonUs(0) },
      { ...loss, seq: 2, events: 7, until_us: noonUs(0) },
    ]);
    await store.storeLosses([{ ...loss, seq: 3, first_seq: 1, events: 20, until_us: noonUs(0) }]);
    const losses = await store.queryText(selectLosses({ take: { last: 9 } }), 'json');
    expect((JSON.parse(losses) as LossJson[]).map((l) => [l.agent_id, l.seq, l.events])).toEqual([
      ["o'brien\\1\t", 1, 5],
      ["o'brien\\1\t", 2, 7],
      ["o'brien\\1\t", 3, 8],
    ]);
    expect(store.place).not.toContain('secret');
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('tells bad data from other faults', async () => {
    const store = await openStore({ url: `http://visor:secret@${await gateway()}/default` });
    onTestFinished(() => store.close());
    const bytes = new TextEncoder().encode('no Arrow at all');
    await expect(store.storeBatches([{ ...batchOf(1n, rows), bytes }])).rejects.toMatchObject({
      code: 'bad_data',
    });
    await expect(store.queryText({ sql: 'SELECT nothing FROM traces' })).rejects.toMatchObject({
      op: 'read',
      code: 'failed',
    });
  });

  it.each([
    ['visor:wrong', 'default', 'unauthorized', 'refuses the user or password'],
    ['visor:secret', 'absent', 'unknown_database', 'has no such database'],
  ])('says what is wrong with %s at database %s', async (user, database, code, message) => {
    const refused = await openStore({ url: `http://${user}@${await gateway()}/${database}` }).catch(
      (e: unknown) => e,
    );
    expect(refused).toMatchObject({ name: 'StoreError', op: 'open', code });
    expect(String(refused)).toContain(message);
    expect(String(refused)).not.toMatch(/:(wrong|secret)@/);
  });

  it('says that nobody answers', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    await expect(openStore({ url: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(
        `ClickHouse at http://127.0.0.1:${port}/ does not answer: start it or correct storage.clickhouse.url`,
      ) as string,
    });
  });
});
