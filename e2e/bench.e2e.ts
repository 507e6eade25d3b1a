import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeAsRoot, type Lab, openLab, type Program } from './support/index.js';

const main = join(import.meta.dirname, '..', 'dist/bench/capture/main.js');

interface Results {
  senderEventsPerSecond: number;
  readers: Record<
    string,
    { eventsPerSecond: number; bytesPerRow: number; rowsPerEvent: number; lost: number }
  >;
  ratios: Record<string, number>;
}

/** Namespaces and directories whose names bear the pid of a run */
function leftBehind({ pid }: Program): string[] {
  const places = ['/run/netns', tmpdir()].filter((place) => existsSync(place));
  return places
    .flatMap((place) => readdirSync(place))
    .filter((name) => name.startsWith(`visor-bench-${pid}-`));
}

describeAsRoot('npm run bench:capture', () => {
  let lab: Lab;
  const start = (...args: string[]): Program =>
    lab.start({ name: 'bench', command: [process.execPath, main, ...args] });

  beforeAll(async () => {
    lab = await openLab();
    if (!existsSync(main)) throw new Error(`${main} is not built; run \`npm run build\` first`);
  });
  afterAll(() => lab.close());

  it('measures every reader and prints a table and a line of JSON', async () => {
    // node-netlink would be installed from the registry
    const bench = start('--short', '--readers', 'nft-monitor,drain,pkt-tracer');
    expect(await bench.ended(110_000), bench.stderr).toBe(0);
    const results = JSON.parse(bench.lines.at(-1) ?? '') as Results;
    expect(Object.keys(results.readers)).toEqual(['nft-monitor', 'drain', 'pkt-tracer']);
    expect(results.senderEventsPerSecond).toBeGreaterThan(0);
    for (const name of ['drain', 'pkt-tracer']) {
      const reader = results.readers[name];
      expect(reader?.eventsPerSecond, name).toBeGreaterThan(0);
      expect(reader?.bytesPerRow, name).toBeGreaterThan(0);
    }
    // every message is a row of the drain's; an end of chain and the event after it are one row of ours
    expect(results.readers['drain']?.rowsPerEvent).toBe(1);
    expect(results.readers['pkt-tracer']?.rowsPerEvent).toBeCloseTo(4 / 5.2, 2);
    expect(results.ratios['toDrain']).toBeGreaterThan(0);
    for (const label of ['nft monitor trace', 'C recvmmsg drain', 'pkt-tracer']) {
      expect(bench.stdout).toMatch(new RegExp(`^${label} .*\\d`, 'm'));
    }
    expect(leftBehind(bench)).toEqual([]);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const bench = start('--short', '--readers', 'drain');
    await bench.until('its first probe', () => /C recvmmsg drain: /.test(bench.stderr));
    expect(leftBehind(bench)).toHaveLength(3);
    expect(await bench.kill('SIGINT')).toBe(130);
    expect(leftBehind(bench)).toEqual([]);
  });

  it('says what is wrong with an option', async () => {
    const bench = start('--readers', 'tcpdump');
    expect(await bench.ended()).toBe(1);
    expect(bench.stderr).toMatch(/^--readers: there is no reader "tcpdump"; use nft-monitor, /);
  });
});
