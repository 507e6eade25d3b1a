import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSource } from './file-source.js';
import { type RecordingSink, recordingSink } from './testing/index.js';

const file = (name: string): string => `networks:\n  - name: ${name}\n    network: { CIDR: 10.0.0.0/8 }\n`;

describe('FileSource', () => {
  let directory = '';
  let sink: RecordingSink;
  let source: FileSource | undefined;
  const path = (): string => join(directory, 'sg.yml');
  const start = (): void => {
    source = new FileSource(path(), sink, { poll_ms: 20, settle_ms: 5 });
    source.start();
  };
  const named = (name: string): Promise<void> => sink.until(() => sink.names('10.0.0.1') === `${name} | `);
  const said = (text: string): Promise<void> =>
    sink.until(() => sink.lines.some((line) => line.includes(text)));

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'visor-sgroups-'));
    sink = recordingSink();
  });
  afterEach(async () => {
    await source?.stop();
    rmSync(directory, { recursive: true });
  });

  it.each(['a pipe', 'a device', 'a directory'])('does not read %s', async (what) => {
    const paths: Record<string, string> = { 'a device': '/dev/zero', 'a directory': directory };
    if (what === 'a pipe') execFileSync('mkfifo', [path()]);
    source = new FileSource(paths[what] ?? path(), sink, { poll_ms: 20, settle_ms: 5 });
    source.start();
    await said('is no regular file; give the path of a YAML file');
  });

  it('waits for a file that is not there yet, and says so once', async () => {
    start();
    await said(`cannot be read: ENOENT`);
    expect(source?.state).toMatchObject({
      mode: 'file',
      networks: 0,
      error: expect.stringContaining(path()) as string,
    });
    writeFileSync(path(), file('a'));
    await named('a');
    await said('they can be read again');
    expect(sink.lines.filter((line) => line.includes('ENOENT'))).toHaveLength(1);
    expect(source?.state).toEqual({
      mode: 'file',
      networks: 1,
      groups: 0,
      prefixes: 1,
      updatedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
  });

  it('reads it again when it is written in place, renamed over, or gone and there again', async () => {
    writeFileSync(path(), file('a'));
    start();
    await named('a');
    writeFileSync(path(), file('b'));
    await named('b');
    writeFileSync(join(directory, '.new'), file('c'));
    renameSync(join(directory, '.new'), path());
    await named('c');
    rmSync(path());
    await said('cannot be read: ENOENT');
    expect(sink.names('10.0.0.1')).toBe('c | ');
    expect(source?.state.staleSince).toBeDefined();
    writeFileSync(path(), file('d'));
    await named('d');
    expect(source?.state.staleSince).toBeUndefined();
  });

  it('follows links that are turned, as those of a Kubernetes config map', async () => {
    const version = (name: string): string => {
      mkdirSync(join(directory, name));
      writeFileSync(join(directory, name, 'sg.yml'), file(name));
      return name;
    };
    symlinkSync(version('one'), join(directory, '..data'));
    symlinkSync('..data/sg.yml', path());
    start();
    await named('one');
    symlinkSync(version('two'), join(directory, '..tmp'));
    renameSync(join(directory, '..tmp'), join(directory, '..data'));
    await named('two');
  });

  it('keeps the last good data when the file has a typo, and names line and key', async () => {
    writeFileSync(path(), file('a'));
    start();
    await named('a');
    writeFileSync(path(), file('b').replace('CIDR', 'CDIR'));
    await said(`${path()} line 3: networks.network: key CDIR is not known`);
    const since = source?.state.staleSince;
    expect(sink.lines.at(-1)).toContain(`stale since ${since}, the data read last stays in use`);
    expect([sink.names('10.0.0.1'), source?.state.networks, sink.count]).toEqual(['a | ', 1, 1]);
    writeFileSync(path(), file('b'));
    await named('b');
  });

  it('never takes a file that is being written for a whole one', async () => {
    source = new FileSource(path(), sink, { poll_ms: 10, settle_ms: 300 });
    writeFileSync(path(), 'networks:\n');
    source.start();
    for (let i = 0; i < 30; i++) {
      appendFileSync(path(), `  - name: n${i}\n    network: { CIDR: 10.0.${i}.0/24 }\n`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await sink.until(() => sink.count > 0);
    // an append may have taken longer than the file needs to settle: then it is read again
    await sink.until(() => source?.state.networks === 30);
    expect(sink.lines.filter((line) => line.includes('no YAML'))).toEqual([]);
  });

  it('says what is left out, once while it stays the same', async () => {
    writeFileSync(path(), file('a') + '  - name: b\n    network: { CIDR: 10.0.0/8 }\n');
    start();
    await said('network b: "10.0.0/8" is no CIDR');
    expect(source?.state).toMatchObject({ networks: 2, prefixes: 1 });
    writeFileSync(path(), file('c') + '  - name: b\n    network: { CIDR: 10.0.0/8 }\n');
    await named('c');
    await sink.until(() => sink.lines.filter((line) => line.includes('2 networks')).length === 2);
    expect(sink.lines.filter((line) => line.includes('no CIDR'))).toHaveLength(1);
  });
});
