import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeAsRoot, type Lab, openLab } from './support/index.js';

const main = join(import.meta.dirname, '..', 'dist/bench/query/main.js');

interface Result {
  name: string;
  aim_ms: number;
  runs: number;
  p50_ms: number;
  p95_ms: number;
  rows: [number, number];
}

interface Results {
  database: { rows: number; packets: number; flows: number; bytes: number };
  store: Result[];
  http: Result[];
  exports: { format: string; rows: number; rows_per_s: number; memory_mib: [number, number] }[];
}

/** Each question with the fewest and most rows that it can have. */
const questions: Record<string, [number, number]> = {
  'last 100 packets of a port': [0, 100],
  'last 100 drops of an address: frequent': [1, 100],
  'last 100 drops of an address: rare': [1, 30],
  'last 100 drops of an address: never dropped': [0, 0],
  'path of a packet by its id': [3, 6],
  'top 10 talkers of 24 h': [10, 12],
  'series of 7 days by fate': [1, 1000],
  'hints: values of a column in 24 h': [1, 21],
};

describeAsRoot('npm run bench:query', () => {
  let lab: Lab;
  let directory: string;
  beforeAll(async () => {
    lab = await openLab();
    directory = lab.directory('query');
    if (!existsSync(main)) throw new Error(`${main} is not built; run \`npm run build\` first`);
  });
  afterAll(() => lab.close());

  const run = async (...args: string[]): Promise<{ results: Results; stdout: string; stderr: string }> => {
    const command = [process.execPath, main, '--short', '--rows', '60000', '--directory', directory, ...args];
    const bench = lab.start({ name: 'bench', command });
    expect(await bench.ended(170_000), bench.stderr).toBe(0);
    const results = JSON.parse(bench.lines.at(-1) ?? '') as Results;
    return { results, stdout: bench.stdout, stderr: bench.stderr };
  };

  it('asks every question of the store and of a hub, and again of the same database', async () => {
    const { results, stdout } = await run();
    const { database } = results;
    expect(Math.abs(database.rows - 60_000)).toBeLessThan(6000);
    // 3 to 6 rows a packet, of which one is decisive
    expect(database.rows / database.packets).toBeGreaterThan(3.4);
    expect(database.rows / database.packets).toBeLessThan(4.2);
    expect(database.flows).toBeGreaterThan(0);
    expect(database.flows).toBeLessThanOrEqual(database.packets);
    for (const way of [results.store, results.http]) {
      expect(way.map(({ name }) => name)).toEqual(Object.keys(questions));
      for (const { name, runs, p50_ms, p95_ms, rows } of way) {
        expect(runs).toBe(5);
        expect(p50_ms).toBeGreaterThan(0);
        expect(p95_ms).toBeGreaterThanOrEqual(p50_ms);
        expect(rows[0], name).toBeGreaterThanOrEqual(questions[name]?.[0] ?? NaN);
        expect(rows[1], name).toBeLessThanOrEqual(questions[name]?.[1] ?? NaN);
      }
    }
    expect(results.exports.map(({ format, rows }) => [format, rows])).toEqual([
      ['jsonl', database.rows],
      ['csv', database.rows],
    ]);
    for (const { rows_per_s, memory_mib } of results.exports) {
      expect(rows_per_s).toBeGreaterThan(0);
      expect(memory_mib[1]).toBeGreaterThanOrEqual(memory_mib[0]);
    }
    expect(stdout).toContain('Store, ms');
    expect(stdout).toContain('HTTP, ms');
    const again = await run('--reuse');
    expect(again.stderr).toContain('rows of an earlier run');
    expect(again.results.database.rows).toBe(database.rows);
  }, 350_000);
});
