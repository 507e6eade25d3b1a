import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordingLog, type RecordingLog } from '#testing/bus';
import { faultText, RuleBook } from './rule-book.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 60_000 });

let base: string;
let directory: string;
let configFile: string;
let log: RecordingLog;
const books: RuleBook[] = [];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'visor-rules-'));
  directory = join(base, 'alerts.d');
  mkdirSync(directory);
  configFile = join(base, 'hub.yml');
  writeFileSync(configFile, '');
  log = recordingLog();
});

afterEach(() => {
  for (const book of books.splice(0)) book.stop();
  rmSync(base, { recursive: true, force: true });
});

async function start(places: { configFile?: string; directory?: string; ready?: string[] } = {}) {
  const all = { configFile, directory, ready: [], ...places };
  const book = new RuleBook(all, log);
  books.push(book);
  await book.start(20);
  return book;
}

const rule = (name: string, filter = 'dport == 22', more = ''): string => `
  - name: ${name}
    severity: warning
    filter: ${filter}
    when: { count: true, above: 3, window: 10s }
${more}`;
const put = (file: string, ...rules: string[]): void =>
  writeFileSync(join(directory, file), `alerts:${rules.join('')}`);
const names = (book: RuleBook): string[] => book.rules.map(({ name }) => name).sort();
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 20 });

describe('RuleBook', () => {
  it('has the rules of the configuration file and of each file of the directory', async () => {
    writeFileSync(
      configFile,
      `server:\n  names: [a]\nalerts:\n  max-groups: 10\n  rules:${rule('inline').replace(/^/gm, '  ')}`,
    );
    put('a.yaml', rule('one'), rule('two'));
    put('b.yml', rule('three'));
    put('c.txt', rule('none'));
    put('.hidden.yaml', rule('hidden'));
    const book = await start();
    expect(book.faults).toEqual([]);
    expect(names(book)).toEqual(['inline', 'one', 'three', 'two']);
    expect(book.rules.find(({ name }) => name === 'inline')).toMatchObject({ file: configFile, line: 6 });
  });

  it('runs the good rules beside one that is not, and says where that is and why', async () => {
    put('a.yaml', rule('good'), rule('bad', 'dprot == 22'), rule('fine'));
    writeFileSync(join(directory, 'b.yaml'), 'alerts: [');
    const book = await start();
    expect(names(book)).toEqual(['fine', 'good']);
    expect(book.faults.map(({ rule: name, line }) => [name, line])).toEqual([
      ['bad', 9],
      [undefined, expect.any(Number)],
    ]);
    const [text = ''] = book.faults.map(faultText);
    expect(text).toContain(`${join(directory, 'a.yaml')}:9: `);
    expect(text).toMatch(/dprot.*dport/s);
    expect(log.lines.filter((line) => line.includes('alert rule refused:'))).toHaveLength(2);
  });

  it('says where there is no directory of rules', async () => {
    const book = await start({ directory: join(base, 'none') });
    expect(book.faults.map(faultText)).toEqual([
      `${join(base, 'none')}:1: the directory cannot be read: there is no such file; make it, or correct alerts.directory`,
    ]);
  });

  it('follows files that change, come and go', async () => {
    put('a.yaml', rule('one'));
    const book = await start();
    const changes: string[][] = [];
    book.onChange = () => changes.push(names(book));
    put('b.yaml', rule('two'));
    await until(() => expect(names(book)).toEqual(['one', 'two']));
    put('a.yaml', rule('other'));
    await until(() => expect(names(book)).toEqual(['other', 'two']));
    rmSync(join(directory, 'b.yaml'));
    await until(() => expect(names(book)).toEqual(['other']));
    expect(changes.at(-1)).toEqual(['other']);
    writeFileSync(configFile, `alerts: { rules: [{ ready: x }] }`);
    await until(() => expect(book.faults).toHaveLength(1));
    expect(names(book)).toEqual(['other']);
  });

  it('lets a rule go on as it was when it is broken, until it is mended or removed', async () => {
    put('a.yaml', rule('one'), rule('two'));
    const book = await start();
    put('a.yaml', rule('one', 'dport ==='), rule('two', 'dport == 80'));
    await until(() => expect(book.faults).toHaveLength(1));
    expect(names(book)).toEqual(['one', 'two']);
    expect(book.rules.map(({ name, filterText }) => [name, filterText]).sort()).toEqual([
      ['one', 'dport == 22'],
      ['two', 'dport == 80'],
    ]);
    writeFileSync(join(directory, 'a.yaml'), 'alerts: [');
    await until(() => expect(book.faults[0]?.rule).toBeUndefined());
    expect(names(book)).toEqual(['one', 'two']);
    put('a.yaml', rule('two', 'dport == 80'));
    await until(() => expect(book.faults).toEqual([]));
    expect(names(book)).toEqual(['two']);
  });

  it('keeps all of the directory when that is gone, and says so', async () => {
    put('a.yaml', rule('one'));
    const book = await start();
    rmSync(directory, { recursive: true });
    await until(() => expect(book.faults).toHaveLength(1));
    expect(book.faults[0]?.file).toBe(directory);
    expect(book.faults[0]?.reason).toContain('no such file');
    expect(names(book)).toEqual(['one']);
  });

  it('tells of files that are none, and runs the others', async () => {
    put('z.yaml', rule('good'));
    mkdirSync(join(directory, 'a.yaml'));
    symlinkSync('/nonexistent/rules', join(directory, 'b.yaml'));
    symlinkSync('c.yaml', join(directory, 'c.yaml'));
    // Whoever opens it waits for somebody who writes.
    execFileSync('mkfifo', [join(directory, 'd.yaml')]);
    symlinkSync('/dev/zero', join(directory, 'e.yaml'));
    writeFileSync(join(directory, 'f.yaml'), `alerts:${rule('huge')}${'# x\n'.repeat(2_500_000)}`);
    writeFileSync(
      join(directory, 'g.yaml'),
      Buffer.from(`alerts:${rule('latin', 'dport == 1', '    description: gr\xfc\xdfe\n')}`, 'latin1'),
    );
    writeFileSync(join(directory, 'h.yaml'), Buffer.from(`\ufeffalerts:${rule('utf16')}`, 'utf16le'));
    writeFileSync(join(directory, 'i.yaml'), `\ufeffalerts:${rule('bom')}`.replaceAll('\n', '\r\n'));
    writeFileSync(join(directory, 'j.yaml'), `alerts:${rule('one')}---\nalerts:${rule('two')}`);
    writeFileSync(join(directory, 'k.yaml'), `alerts:${rule('twice', 'dport == 1', '    severity: info\n')}`);
    writeFileSync(join(directory, 'l.yaml'), '');
    const book = await start();
    expect(names(book)).toEqual(['bom', 'good']);
    const told = book.faults.map(
      ({ file, line, reason }) => `${file.slice(directory.length + 1)}:${line} ${reason}`,
    );
    expect(told).toEqual([
      'a.yaml:1 it is a directory; put the rules into a file',
      'b.yaml:1 it cannot be read: there is no such file',
      'c.yaml:1 it cannot be read: its links lead nowhere',
      'd.yaml:1 it is no regular file; put the rules into one',
      'e.yaml:1 it is no regular file; put the rules into one',
      expect.stringMatching(/^f\.yaml:1 it has 1\d{7} bytes; use at most 1048576, or several files$/),
      'g.yaml:6 this line is no UTF-8; save the file in that encoding',
      'h.yaml:1 this line is no UTF-8; save the file in that encoding',
      'j.yaml:6 Another YAML document begins here; a file has one, so leave out the line "---".',
      expect.stringMatching(/^k\.yaml:6 This is no YAML: Map keys must be unique/),
    ]);
  });

  it('goes on with the rules of a file that is no more one', async () => {
    put('a.yaml', rule('one'), rule('two'));
    const book = await start();
    writeFileSync(join(directory, 'a.yaml'), Buffer.from('alerts: # gr\xfc\xdfe', 'latin1'));
    await until(() => expect(book.faults).toHaveLength(1));
    rmSync(join(directory, 'a.yaml'));
    mkdirSync(join(directory, 'a.yaml'));
    await until(() => expect(book.faults[0]?.reason).toContain('directory'));
    expect(names(book)).toEqual(['one', 'two']);
  });

  it('does not take what is still being written', async () => {
    put('a.yaml', rule('one'), rule('two'), rule('three'));
    const book = new RuleBook({ configFile, directory, ready: [] }, log);
    books.push(book);
    await book.start(100);
    const seen: string[][] = [];
    book.onChange = () => seen.push(names(book));
    const whole = `alerts:${['one', 'two', 'three', 'four'].map((name) => rule(name)).join('')}`;
    const fd = openSync(join(directory, 'a.yaml'), 'w');
    for (let at = 0; at < whole.length; at += 4) {
      writeSync(fd, whole.slice(at, at + 4));
      await sleep(10);
    }
    closeSync(fd);
    await until(() => expect(names(book)).toEqual(['four', 'one', 'three', 'two']));
    expect(seen).toEqual([['four', 'one', 'three', 'two']]);
  });

  it('takes the first of two rules of one name', async () => {
    put('a.yaml', rule('one'));
    put('b.yaml', rule('one', 'dport == 80'), rule('two'));
    const book = await start();
    expect(names(book)).toEqual(['one', 'two']);
    expect(book.faults.map(faultText).join()).toMatch(/b\.yaml:\d+: .*"one".*a\.yaml/s);
  });

  it('reads on SIGHUP', async () => {
    const book = new RuleBook({ configFile: undefined, directory, ready: [] }, log);
    books.push(book);
    await book.start(3_600_000);
    book.listen();
    put('a.yaml', rule('one'));
    process.kill(process.pid, 'SIGHUP');
    await until(() => expect(names(book)).toEqual(['one']));
  });
});
