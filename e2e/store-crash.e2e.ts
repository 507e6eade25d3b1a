import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore, type Store } from '#clickhouse';
import { crashBatch, flowSums, joinByDecoding, midnightOf, queryRows, rowSums } from '#testing/clickhouse';

const root = join(import.meta.dirname, '..');
const program = join(root, 'dist/libs/clickhouse/src/testing/crash-child.js');
/** VISOR_STORE_KILLS=200 for a long run; VISOR_STORE_SEED to have one again. */
const kills = Number(process.env['VISOR_STORE_KILLS'] ?? 20);
const seed = Number(process.env['VISOR_STORE_SEED'] ?? Date.now() % 1e6);

function random(from: number): () => number {
  let x = from >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}

interface Progress {
  readonly begun: Set<number>;
  readonly acknowledged: Set<number>;
}

/** Runs the program for so long after it opened the store. */
async function killAfter(ms: number, args: readonly string[], progress: Progress): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  const opened = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      if (line === 'open') return resolve();
      const id = Number(line.slice(1));
      (line.startsWith('+') ? progress.acknowledged : progress.begun).add(id);
    });
  });
  await Promise.race([opened, exited]);
  expect(child.exitCode).toBe(null);
  await sleep(ms);
  child.kill('SIGKILL');
  await exited;
}

async function storedOnce(store: Store): Promise<Record<string, string>> {
  const sql = `SELECT toString(batch_id) AS batch, concat(toString(count()), '/', toString(uniqExact(packet_id))) AS n
    FROM traces GROUP BY batch_id`;
  const rows = await queryRows<{ batch: string; n: string }>(store, sql);
  return Object.fromEntries(rows.map(({ batch, n }) => [batch, n]));
}

describe('a store that is killed', () => {
  it(
    `has every batch once and a rollup that agrees, after ${kills} kills (seed ${seed})`,
    { timeout: 60_000 + kills * 15_000 },
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'visor-store-crash-'));
      onTestFinished(() => rm(directory, { recursive: true, force: true }));
      const url = `embedded:${directory}`;
      const next = random(seed);
      const midnight = midnightOf(Date.now() * 1000);
      const progress: Progress = { begun: new Set(), acknowledged: new Set() };
      const outstanding = (): number[] => [...progress.begun].filter((id) => !progress.acknowledged.has(id));
      for (let kill = 0; kill < kills; kill++) {
        const first = Math.max(-1, ...progress.begun) + 1;
        const args = [url, String(midnight), String(first), ...outstanding().map(String)];
        await killAfter(next() * 900, args, progress);
      }
      const store = await openStore({ url, join: joinByDecoding });
      onTestFinished(() => store.close());
      await store.storeBatches(outstanding().map((id) => crashBatch(id, midnight, true)));
      const later = Date.now() * 1000 + 7200e6;
      await store.verifyDoubtful(later);
      await expect.poll(() => store.rollUp(Date.now() * 1000 + 7200e6), { timeout: 30_000 }).toBe(0);
      const expected = [...progress.begun].map((id): [string, string] => {
        const { rows } = crashBatch(id, midnight, false);
        return [String(id), `${rows}/${rows}`];
      });
      expect(await storedOnce(store)).toEqual(Object.fromEntries(expected));
      expect(await flowSums(store)).toEqual(await rowSums(store));
      console.log(`${expected.length} batches, ${progress.acknowledged.size} acknowledged, seed ${seed}`);
    },
  );
});
