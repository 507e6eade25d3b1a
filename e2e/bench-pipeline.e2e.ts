import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeAsRoot, type Lab, openLab } from './support/index.js';

const main = join(import.meta.dirname, '..', 'dist/bench/pipeline/main.js');

interface Results {
  backlog: {
    rows: number;
    hub: { rate: number; cpu: number; repeated: number };
    disk: { rows: number; merged: number };
  };
  endToEnd: { rows: number; missing: number; cpu: Record<string, number> };
  latency: { packets: number; seen: number; p50: number };
}

describeAsRoot('npm run bench:pipeline', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
    if (!existsSync(main)) throw new Error(`${main} is not built; run \`npm run build\` first`);
  });
  afterAll(() => lab.close());

  it('measures every part, and finds all rows in ClickHouse', async () => {
    const bench = lab.start({ name: 'bench', command: [process.execPath, main, '--short'] });
    expect(await bench.ended(170_000), bench.stderr).toBe(0);
    const { backlog, endToEnd, latency } = JSON.parse(bench.lines.at(-1) ?? '') as Results;
    expect(backlog.disk.rows).toBe(backlog.rows);
    expect(backlog.hub.rate).toBeGreaterThan(0);
    // However busy the machine is: what comes again comes when ack_wait is over.
    expect(backlog.hub.repeated).toBe(0);
    // the sort key's and the codecs' doing; twice as many where rows lie in the order of time
    expect(backlog.disk.merged).toBeLessThan(9);
    expect(endToEnd.rows).toBeGreaterThan(0);
    expect(endToEnd.missing).toBe(0);
    expect(latency.seen).toBe(latency.packets);
    for (const part of ['Backlog: ', 'End to end: ', 'Wire to watch -f: ']) {
      expect(bench.stdout).toContain(part);
    }
    const places = ['/run/netns', tmpdir()]
      .filter((place) => existsSync(place))
      .flatMap((place) => readdirSync(place));
    expect(places.filter((name) => name.startsWith(`visor-bench-${bench.pid}-`))).toEqual([]);
  });
});
