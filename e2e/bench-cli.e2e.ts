import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeAsRoot, type Lab, openLab } from './support/index.js';

const main = join(import.meta.dirname, '..', 'dist/bench/cli/main.js');

interface Results {
  database: { rows: number };
  starts: {
    name: string;
    runs: number;
    p50_ms: number;
    p95_ms: number;
    cpu_ms: number;
    rows: [number, number];
  }[];
  export: { rows: number; bytes: number; rows_per_s: number; cpu_us_per_row: number; memory_mib: number };
}

describeAsRoot('npm run bench:cli', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
    if (!existsSync(main)) throw new Error(`${main} is not built; run \`npm run build\` first`);
  });
  afterAll(() => lab.close());

  it('measures starts, and writes all rows into a file in little memory', async () => {
    const command = [process.execPath, main, '--short', '--directory', lab.directory('cli')];
    const bench = lab.start({ name: 'bench', command });
    expect(await bench.ended(280_000), bench.stderr).toBe(0);
    const { database, starts, export: all } = JSON.parse(bench.lines.at(-1) ?? '') as Results;
    expect(starts.map(({ name, runs }) => [name, runs])).toEqual([
      ['--help', 3],
      ['watch --last 1', 3],
    ]);
    for (const { p50_ms, p95_ms, cpu_ms } of starts) {
      expect(p50_ms).toBeGreaterThan(0);
      expect(p95_ms).toBeGreaterThanOrEqual(p50_ms);
      expect(cpu_ms).toBeGreaterThan(0);
    }
    expect(starts[1]?.rows).toEqual([1, 1]);
    expect(Math.abs(database.rows - 300_000)).toBeLessThan(30_000);
    expect(all.rows).toBe(database.rows);
    // What is written is more than the memory that it may take: it cannot all have been held.
    expect(all.bytes / 2 ** 20).toBeGreaterThan(200);
    expect(all.memory_mib).toBeLessThan(200);
    expect(all.memory_mib).toBeGreaterThan(30);
    expect(all.rows_per_s).toBeGreaterThan(0);
    expect(bench.stdout).toContain('watch --last 1');
  }, 300_000);
});
