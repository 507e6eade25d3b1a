import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Spool } from './index.js';

let directory: string;

beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'visor-room-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('makes room of what is not needed any more before it throws away a batch', async () => {
  const dropped: bigint[] = [];
  const { spool } = await Spool.open({
    directory,
    owner: 'web1',
    maxBytes: 2 ** 20,
    sync: 'never',
    onDropped: (ids) => dropped.push(...ids),
    // nothing is tidied up meanwhile
    interval_ms: 3_600_000,
  });
  const append = (n: number): Promise<void> =>
    spool.append({
      batchId: BigInt(n),
      rows: 1,
      schema: 1,
      from_us: 1,
      until_us: 2,
      netns: '',
      bytes: new Uint8Array(50_000).fill(n),
    });
  for (let n = 1; n <= 19; n++) await append(n);
  spool.remove(Array.from({ length: 18 }, (_, at) => BigInt(at + 2)));
  for (let n = 20; n <= 30; n++) await append(n);
  expect(dropped).toEqual([]);
  expect(await spool.read(1n)).toEqual(Buffer.alloc(50_000, 1));
  await spool.close();
});
