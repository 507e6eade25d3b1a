import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, openLab, programCommand, type Result, tryRun } from './support/index.js';

let lab: Lab;
let home: string;
let path: string;

beforeAll(async () => {
  lab = await openLab();
});
beforeEach(() => {
  home = lab.directory('config');
  path = join(home, 'visor', 'config.yaml');
});
afterAll(() => lab.close());

const visor = (args: readonly string[], input?: string, env: Record<string, string> = {}): Promise<Result> =>
  tryRun(programCommand('visor-cli', 'config', ...args), {
    env: { XDG_CONFIG_HOME: home, HOME: '/nonexistent', ...env },
    ...(input !== undefined && { input }),
  });

function write(text: string): void {
  mkdirSync(join(home, 'visor'), { recursive: true });
  writeFileSync(path, text);
}

describe('config', () => {
  it('sets, shows and unsets; comments stay, and the file is for its owner alone', async () => {
    expect(await visor(['path'])).toEqual({ code: 0, stdout: `${path}\n`, stderr: '' });
    const set = await visor(['set', 'host', 'hub.example:9650']);
    expect(set).toEqual({ code: 0, stdout: '', stderr: `visor-cli: host is set in ${path}\n` });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await visor(['get', 'host'])).toEqual({ code: 0, stdout: 'hub.example:9650\n', stderr: '' });
    write(`# ours\n${readFileSync(path, 'utf8')}utc: true # as the logs\n`);
    chmodSync(path, 0o600);
    expect((await visor(['set', 'host', '--unset'])).stderr).toBe(
      `visor-cli: host is no longer set in ${path}\n`,
    );
    expect(readFileSync(path, 'utf8')).toMatch(/# ours[^]*utc: true # as the logs\n$/);
    expect(readFileSync(path, 'utf8')).not.toContain('host');
    expect((await visor(['get', 'host'])).stdout).toBe('http://127.0.0.1:9650\n');
    expect((await visor(['get', 'utc'])).stdout).toBe('true\n');
  });

  it('keeps secrets out of what it shows, and takes them from standard input', async () => {
    expect((await visor(['set', 'token', '-'], 'visor_secret\n')).code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('token: visor_secret\n');
    for (const args of [['view'], ['view', '-o', 'json'], ['get', 'token']]) {
      const { code, stdout, stderr } = await visor(args);
      expect(code).toBe(0);
      expect(stdout).toContain('********');
      expect(stdout + stderr).not.toContain('visor_secret');
      expect((await visor([...args, '--reveal'])).stdout).toContain('visor_secret');
    }
    expect((await visor(['set', 'token', ''])).stderr).not.toContain('visor_secret');
  });

  it('view tells where each comes from, in the order in which they count', async () => {
    write('host: file\nutc: true\n');
    const { stdout } = await visor(['view', '-o', 'json'], undefined, { VISOR_HOST: 'variable' });
    const shown = JSON.parse(stdout) as { name: string; value: unknown; from: string }[];
    const of = (name: string): unknown => shown.find((each) => each.name === name);
    expect(of('host')).toEqual({ name: 'host', value: 'variable', from: 'VISOR_HOST' });
    expect(of('utc')).toEqual({ name: 'utc', value: true, from: path });
    expect(of('color')).toEqual({ name: 'color', value: 'auto', from: 'default' });
    expect(of('ca')).toEqual({ name: 'ca', value: null, from: 'default' });
    const table = (await visor(['view'])).stdout.split('\n');
    expect(table[0]).toMatch(/^SETTING +VALUE +FROM$/);
    expect(table).toContainEqual(expect.stringMatching(/^ca +- +default$/));
  });

  it.each<[readonly string[], number, RegExp]>([
    [['get', 'ca'], 1, /^visor-cli: ca is not set; see config set$/],
    [['get', 'hots'], 2, /^visor-cli: "hots" is no setting \(did you mean host\?\); there are host, token, /],
    [['set', 'hots', 'x'], 2, /^visor-cli: "hots" is no setting \(did you mean host\?\)/],
    [['set', 'host'], 2, /^visor-cli: config set host takes a value or --unset, one of them$/],
    [
      ['set', 'host', 'x', '--unset'],
      2,
      /^visor-cli: config set host takes a value or --unset, one of them$/,
    ],
    [
      ['set', 'color', 'pink'],
      2,
      /^visor-cli: color: "pink" is not what it takes; use one of auto, always, never$/,
    ],
    [['set', 'utc', 'perhaps'], 2, /^visor-cli: utc: "perhaps" is not what it takes; use true or false$/],
    [
      ['set', 'token', ''],
      2,
      /^visor-cli: token: its value is not what it takes; use a text that is not empty$/,
    ],
    [['get'], 2, /^visor-cli: .*setting.*; see visor-cli config get --help$/i],
    [['set'], 2, /^visor-cli: .*setting.*; see visor-cli config set --help$/i],
    [
      ['view', '-o', 'xml'],
      2,
      /^visor-cli: --output: "xml" is not one of its values; use table, json; see visor-cli config view --help$/,
    ],
    [['path', '--config'], 2, /^visor-cli: .*--config.*$/],
  ])('config %j is one sentence, and writes nothing', async (args, exit, sentence) => {
    const { code, stdout, stderr } = await visor(args);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr.trimEnd()).toMatch(sentence);
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  it('takes no value from a terminal that was not asked for: standard input is left alone', async () => {
    expect((await visor(['set', 'host'], 'from-input\n')).code).toBe(2);
  });

  it('names what is wrong in a file, and set mends it', async () => {
    write('color: pink\n');
    const { code, stderr } = await visor(['view']);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `visor-cli: ${path}: color: "pink" is not what it takes; use one of auto, always, never\n`,
    );
    expect((await visor(['set', 'color', 'never'])).code).toBe(0);
    expect((await visor(['get', 'color'])).stdout).toBe('never\n');
    const debug = await visor(['get', 'hots', '--debug']);
    expect(debug.stderr).toMatch(/\n +at /);
  });
});
