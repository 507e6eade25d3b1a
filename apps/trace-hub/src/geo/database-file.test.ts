import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Counters } from '#app-kit';
import { parseAddress } from '#filter';
import { recordingLog, type RecordingLog } from '#testing/bus';
import { DatabaseFile } from './database-file.js';
import { countryField } from './fields.js';
import { inCountry, mmdb } from './testing/mmdb.js';

const of = (iso: string, day = '2026-11-18'): Buffer =>
  mmdb({
    type: 'GeoLite2-Country',
    networks: { '5.1.0.0/16': inCountry(iso) },
    built: new Date(`${day}T00:00:00Z`),
  });

interface Watched {
  readonly path: string;
  readonly file: DatabaseFile<string>;
  readonly log: RecordingLog;
  readonly counters: Counters;
  /** Resolves when the country of the test's network is that. */
  readonly becomes: (country: string) => Promise<void>;
}

const address = parseAddress('5.1.2.3')?.bytes as Uint8Array;
const countryOf = (file: DatabaseFile<string>): string | undefined => file.database?.lookup(address);

async function watch(content?: Buffer, interval_ms = 10): Promise<Watched> {
  const directory = mkdtempSync(join(tmpdir(), 'visor-geo-'));
  const path = join(directory, 'Country.mmdb');
  if (content) writeFileSync(path, content);
  const log = recordingLog();
  const counters = new Counters();
  const file = new DatabaseFile(countryField, {
    ...{ path, log, counters, interval_ms },
    onChange: () => undefined,
  });
  onTestFinished(() => {
    file.stop();
    rmSync(directory, { recursive: true });
  });
  await file.start();
  const becomes = async (country: string): Promise<void> => {
    while (countryOf(file) !== country) await sleep(5);
  };
  return { path, file, log, counters, becomes };
}

/** As geoipupdate does. */
function replace(path: string, bytes: Buffer): void {
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}

describe('DatabaseFile', () => {
  it('is read at the start, and again when it is replaced', async () => {
    const { path, log, counters, becomes, file } = await watch(of('DE'));
    await becomes('DE');
    expect(log.lines).toEqual([
      expect.stringMatching(
        /^enrich\.geoip\.city: ".*\/Country\.mmdb" is in use: GeoLite2-Country of 2026-11-18, \d+ nodes$/,
      ),
    ]);
    replace(path, of('FR', '2026-11-20'));
    await becomes('FR');
    expect(file.problem).toBeUndefined();
    expect(counters.counter('geoip_loads', 'city').value).toBe(2);
  });

  it('keeps the last good data while what is in its place is truncated, and says so once', async () => {
    const { path, log, counters, becomes, file } = await watch(of('DE'));
    replace(path, of('FR').subarray(0, 300));
    const line = await log.next(/truncated/);
    expect(line).toBe(
      `enrich.geoip.city: "${path}" is truncated or no MaxMind database, as no metadata are at its end; put a whole MaxMind database (.mmdb) in its place; the data of 2026-11-18 stay in use.`,
    );
    await becomes('DE');
    expect(file.problem).toBeDefined();
    for (let looks = 0; looks < 5; looks++) await file.look();
    expect(log.lines).toHaveLength(2);
    expect(counters.counter('geoip_failures', 'city').value).toBe(1);
    replace(path, of('IT'));
    await becomes('IT');
    expect(file.problem).toBeUndefined();
  });

  it('starts without a file, says so once, and takes it when it comes', async () => {
    const { path, log, becomes, file, counters } = await watch();
    expect(file.database).toBeUndefined();
    const line = `enrich.geoip.city: "${path}" cannot be read (there is no such file: put it there or correct the setting); until then country_src and country_dst stay empty.`;
    expect(log.lines).toEqual([line]);
    while (counters.counter('geoip_failures', 'city').value < 5) await sleep(5);
    expect(log.lines).toEqual([line]);
    replace(path, of('DE'));
    await becomes('DE');
    expect(file.problem).toBeUndefined();
  });

  it('waits for no pipe', async () => {
    const { path, log, file } = await watch(of('DE'), 86_400_000);
    rmSync(path);
    execFileSync('mkfifo', [path]);
    await file.look();
    await file.look();
    expect(log.lines.at(-1)).toContain(
      'cannot be read (it is no regular file: give the path of one); the data',
    );
    expect(countryOf(file)).toBe('DE');
  });

  it('keeps the data of a file that goes, and is content again when the same comes back', async () => {
    const { path, log, becomes, file } = await watch(of('DE'));
    renameSync(path, `${path}.away`);
    expect(await log.next(/no such file/)).toContain('the data of 2026-11-18 stay in use');
    await becomes('DE');
    renameSync(`${path}.away`, path);
    while (file.problem !== undefined) await sleep(5);
    await becomes('DE');
  });

  it('is read when its writer has finished, where it is written in place', async () => {
    const { path, log, file, counters } = await watch(of('DE'), 86_400_000);
    const bytes = of('FR');
    for (let end = 200; end < bytes.length; end += 200) {
      writeFileSync(path, bytes.subarray(0, end));
      await file.look();
    }
    writeFileSync(path, bytes);
    await file.look();
    expect(countryOf(file)).toBe('DE');
    await file.look();
    expect(countryOf(file)).toBe('FR');
    expect(log.lines).toHaveLength(2);
    expect(counters.counter('geoip_failures', 'city').value).toBe(0);
  });
});
