import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '..', 'dist/bench/alerts/main.js');

interface Results {
  rules: number;
  packets: number;
  rows: number;
  us_per_packet: number;
  cpu: number;
  aim: number;
  matches_per_packet: number;
  groups: number;
  transitions: number;
  snapshot: { bytes: number };
}

describe('npm run bench:alerts', () => {
  it('measures 100 rules over the packets of a fleet', async () => {
    if (!existsSync(main)) throw new Error(`${main} is not built; run \`npm run build\` first`);
    const bench = spawn(process.execPath, [main, '--short'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await Promise.all([text(bench.stdout), once(bench, 'exit')]);
    expect(bench.exitCode).toBe(0);
    const results = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Results;
    expect(results.rules).toBe(100);
    expect(Math.abs(results.packets - 150_000)).toBeLessThan(30_000);
    expect(results.rows).toBeGreaterThan(3 * results.packets);
    // How fast it is depends on the machine and on what else runs; that it works at all does not.
    expect(results.us_per_packet).toBeGreaterThan(0);
    expect(results.cpu).toBeCloseTo((results.us_per_packet * 50_000) / 1e6, 2);
    expect(results.matches_per_packet).toBeGreaterThan(3);
    expect(results.groups).toBeGreaterThan(1000);
    expect(results.transitions).toBeGreaterThan(0);
    expect(results.snapshot.bytes).toBeGreaterThan(10_000);
  }, 120_000);
});
