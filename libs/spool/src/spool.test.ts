import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Spool, type SpoolBatch, type SpoolOptions } from './index.js';

let directory: string;
const open: Spool[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'visor-spool-'));
});
afterEach(async () => {
  for (const spool of open.splice(0)) await spool.close();
  rmSync(directory, { recursive: true, force: true });
});

const batch = (n: number, size = 20): SpoolBatch => ({
  batchId: 2n ** 63n + BigInt(n),
  rows: n,
  schema: 1,
  from_us: 1_700_000_000_000_000 + n,
  until_us: 1_700_000_000_000_001 + n,
  netns: n % 2 ? 'blue' : '',
  bytes: new Uint8Array(size).fill(n),
});
const id = (n: number): bigint => batch(n).batchId;

async function start(options: Partial<SpoolOptions> = {}) {
  const dropped: bigint[] = [];
  const opened = await Spool.open({
    directory,
    owner: 'web1',
    maxBytes: 2 ** 30,
    sync: 'never',
    onDropped: (ids) => dropped.push(...ids),
    interval_ms: 3_600_000,
    ...options,
  });
  open.push(opened.spool);
  return { ...opened, dropped };
}

/** Ends it as its owner's death would: nothing more is written. */
async function stop(spool: Spool): Promise<void> {
  open.splice(open.indexOf(spool), 1);
  await spool.close();
}

const rowsOf = (batches: readonly { rows: number }[]) => batches.map(({ rows }) => rows);
const segments = () => readdirSync(directory).filter((name) => name.endsWith('.batches'));

describe('Spool', () => {
  it('gives back after a restart what was not removed, in order, with its bytes', async () => {
    const first = await start();
    expect(first.batches).toEqual([]);
    await Promise.all([1, 2, 3].map((n) => first.spool.append(batch(n))));
    await first.spool.append(batch(4, 70_000));
    first.spool.remove([id(2), id(99)]);
    expect(first.spool.batches).toBe(3);
    await stop(first.spool);
    const { spool, batches, damages } = await start();
    expect(damages).toEqual([]);
    expect(batches).toEqual(
      [1, 3, 4].map((n) => {
        const { bytes, ...facts } = batch(n, n === 4 ? 70_000 : 20);
        return { ...facts, size: bytes.length };
      }),
    );
    expect(Buffer.from((await spool.read(id(3))) ?? [])).toEqual(Buffer.alloc(20, 3));
    expect((await spool.read(id(4)))?.length).toBe(70_000);
    expect(await spool.read(id(2))).toBeUndefined();
  });

  it('leaves no file behind when all is removed', async () => {
    const { spool } = await start({ sync: 'always' });
    await spool.append(batch(1));
    spool.remove([id(1)]);
    await stop(spool);
    expect(segments()).toEqual([]);
  });

  it('throws the oldest away when it is full, and says which', async () => {
    const { spool, dropped } = await start({ maxBytes: 2 ** 20 });
    for (let n = 1; n <= 200; n++) await spool.append(batch(n, 10_000));
    expect(spool.bytes).toBeLessThanOrEqual(2 ** 20);
    expect(dropped.length).toBeGreaterThan(90);
    expect(dropped).toEqual(dropped.map((_, at) => id(at + 1)));
    expect(spool.batches).toBe(200 - dropped.length);
    await stop(spool);
    const again = await start({ maxBytes: 2 ** 20 });
    expect(rowsOf(again.batches)).toEqual(
      Array.from({ length: 200 - dropped.length }, (_, at) => dropped.length + at + 1),
    );
    await expect(again.spool.append(batch(1, 2 ** 20))).rejects.toThrow(/is larger than the spool/);
  });

  it('gives the place of what was removed back', async () => {
    const { spool, dropped } = await start({ maxBytes: 2 ** 20, interval_ms: 5 });
    for (let n = 1; n <= 500; n++) {
      await spool.append(batch(n, 10_000));
      spool.remove([id(n)]);
    }
    expect(dropped).toEqual([]);
    expect(spool.batches).toBe(0);
  });

  it('is refused where another process has it, and not where that one is dead', async () => {
    await start();
    await expect(start()).rejects.toThrow(
      new RegExp(`^the spool ${directory} is in use by process ${process.pid}; stop it, or give each agent`),
    );
    const dead = join(directory, 'dead');
    const { pid } = spawnSync('flock', [mkdirOf(dead), 'true']);
    writeFileSync(join(dead, 'lock'), `${pid}\n`);
    expect((await start({ directory: dead })).batches).toEqual([]);
  });

  it("is refused with another agent's batches, and taken over when it has none", async () => {
    const { spool } = await start();
    await spool.append(batch(1));
    await stop(spool);
    await expect(start({ owner: 'web2' })).rejects.toThrow(/holds 1 batches of agent "web1"; run it as/);
    const again = await start();
    again.spool.remove([id(1)]);
    await stop(again.spool);
    expect((await start({ owner: 'web2' })).batches).toEqual([]);
  });

  it('is refused in one sentence where it cannot be made', async () => {
    writeFileSync(join(directory, 'file'), '');
    await expect(start({ directory: join(directory, 'file', 'x') })).rejects.toThrow(
      /^the spool .*\/file\/x cannot be used \(ENOTDIR\); let pkt-tracer write there, or set another spool.dir$/,
    );
    await expect(start({ directory: '/proc/visor' })).rejects.toThrow(/cannot be used \(ENOENT\)/);
    const deep = join(directory, 'a', 'b');
    expect((await start({ directory: deep })).batches).toEqual([]);
  });
});

function mkdirOf(path: string): string {
  spawnSync('mkdir', [path]);
  return path;
}

describe('batches in the place of another', () => {
  it('stand for it after a restart, and outlive it', async () => {
    const { spool } = await start({ maxBytes: 2 ** 20 });
    await spool.append(batch(1));
    // its segment stays, though the batch is replaced
    for (const n of [2, 3]) await spool.append(batch(n, 60_000));
    await spool.replace(id(1), [batch(10), batch(11)]);
    spool.remove([id(10)]);
    expect(Buffer.from((await spool.read(id(11))) ?? [])).toEqual(Buffer.alloc(20, 11));
    await stop(spool);
    const { batches } = await start({ maxBytes: 2 ** 20 });
    expect(rowsOf(batches)).toEqual([2, 3, 11]);
  });

  it('are all there or not at all, wherever the file is cut off', async () => {
    const { spool } = await start();
    await spool.append(batch(1));
    await spool.replace(id(1), [batch(10), batch(11)]);
    await spool.append(batch(2));
    await stop(spool);
    const [name = ''] = segments();
    rmSync(join(directory, name.replace('batches', 'settled')), { force: true });
    const whole = readFileSync(join(directory, name));
    const seen = new Set<string>();
    for (let length = 0; length <= whole.length; length++) {
      writeFileSync(join(directory, name), whole.subarray(0, length));
      const opened = await start();
      seen.add(rowsOf(opened.batches).join());
      open.pop();
      await opened.spool.close();
      for (const left of readdirSync(directory)) rmSync(join(directory, left), { recursive: true });
    }
    expect([...seen]).toEqual(['', '1', '10,11', '10,11,2']);
  });
});

describe('a damaged spool', () => {
  const size = 76;
  const records = [1, 2, 3, 4].map((n) => ({ n, length: size + (n % 2 ? 4 : 0) }));

  async function written(): Promise<{ name: string; whole: Buffer }> {
    const { spool } = await start();
    for (const { n } of records) await spool.append(batch(n));
    await stop(spool);
    const [name = ''] = segments();
    return { name, whole: readFileSync(join(directory, name)) };
  }

  async function reopened(name: string, bytes: Uint8Array) {
    writeFileSync(join(directory, name), bytes);
    const opened = await start();
    await stop(opened.spool);
    const again = await start();
    await stop(again.spool);
    for (const left of readdirSync(directory)) rmSync(join(directory, left), { recursive: true });
    return { ...opened, again };
  }

  /** @returns the number of the record that byte `at` is in, and how far into it */
  function locate(at: number): [number, number] {
    let start = 0;
    for (const { n, length } of records) {
      if (at < start + length) return [n, at - start];
      start += length;
    }
    return [records.length + 1, 0];
  }

  it('gives back what stands before the place where it is cut off, whichever that is', async () => {
    const { name, whole } = await written();
    for (let length = 0; length < whole.length; length++) {
      const { batches, damages, again } = await reopened(name, whole.subarray(0, length));
      const [torn, within] = locate(length);
      expect(rowsOf(batches)).toEqual(records.slice(0, torn - 1).map(({ n }) => n));
      // a header that is whole still tells how many rows its batch had
      expect(rowsOf(damages)).toEqual(within === 0 ? [] : [within >= 56 ? torn : 0]);
      expect([again.batches, again.damages]).toEqual([batches, []]);
    }
  });

  it('gives back all but the batch in which a byte is wrong', async () => {
    const { name, whole } = await written();
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ 0x41;
      const { batches, damages, again } = await reopened(name, bytes);
      const [hit, within] = locate(at);
      expect(rowsOf(batches)).toEqual(records.map(({ n }) => n).filter((n) => n !== hit));
      expect(rowsOf(damages)).toEqual([within >= 56 ? hit : 0]);
      expect(again.damages).toEqual([]);
    }
  });

  it('knows a batch that is no longer what was written when it is read', async () => {
    const { spool } = await start();
    await spool.append(batch(1));
    const path = join(directory, segments()[0] ?? '');
    const bytes = readFileSync(path);
    bytes[70] = 0;
    writeFileSync(path, bytes);
    expect(await spool.read(id(1))).toBeUndefined();
  });

  it('takes what is in it for nothing where it was never written by a spool', async () => {
    writeFileSync(join(directory, '0000000007.batches'), Buffer.alloc(3000, 0x56));
    writeFileSync(join(directory, '0000000007.settled'), Buffer.alloc(31, 1));
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    const { batches, damages, spool } = await start();
    expect([batches, rowsOf(damages)]).toEqual([[], [0]]);
    await spool.append(batch(1));
    await stop(spool);
    expect(readdirSync(directory)).toContain('notes.txt');
    expect(rowsOf((await start()).batches)).toEqual([1]);
  });
});
