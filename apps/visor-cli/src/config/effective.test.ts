import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configPlace, givenConfig } from './config-path.js';
import { effectiveSettings } from './effective.js';

const before = process.cwd();
let folder: string;
let home: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'visor-config-'));
  home = join(folder, 'home', 'visor');
  mkdirSync(home, { recursive: true });
  mkdirSync(join(folder, 'work'));
  process.chdir(join(folder, 'work'));
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

const env = (more: Record<string, string> = {}): Record<string, string> => ({
  HOME: '/nonexistent',
  XDG_CONFIG_HOME: join(folder, 'home'),
  ...more,
});
const homeFile = (text: string): void => writeFileSync(join(home, 'config.yaml'), text);
const localFile = (text: string): void => writeFileSync('visor.yaml', text);

async function found(argv: readonly string[], more: Record<string, string> = {}): Promise<unknown> {
  const map = await effectiveSettings(argv, env(more));
  return Object.fromEntries([...map].map(([name, { value }]) => [name, value]));
}

describe('effectiveSettings', () => {
  it('takes the environment before the file, and one file alone', async () => {
    homeFile('host: home\nutc: true\n');
    expect(await found([])).toEqual({ host: 'home', utc: true });
    localFile('host: here\n');
    expect(await found([])).toEqual({ host: 'here' });
    writeFileSync('a.yaml', 'host: a\ncolor: never\n');
    writeFileSync('b.yaml', 'host: b\n');
    expect(await found([], { VISOR_CONFIG: 'a.yaml' })).toEqual({ host: 'a', color: 'never' });
    expect(await found(['--config', 'b.yaml'], { VISOR_CONFIG: 'a.yaml' })).toEqual({ host: 'b' });
    expect(
      await found(['--config=b.yaml'], { VISOR_HOST: 'v', VISOR_TIME_FORMAT: 'unix', VISOR_UTC: '' }),
    ).toEqual({ host: 'v', 'time-format': 'unix' });
  });

  it('is empty where there is no file, or nothing in it', async () => {
    expect(await found([])).toEqual({});
    localFile('# nothing yet\n');
    expect(await found([])).toEqual({});
  });

  it('takes paths in a file from where the file is', async () => {
    homeFile('ca: ca.pem\ncert: /etc/visor/cert.pem\n');
    expect(await found([])).toEqual({ ca: join(home, 'ca.pem'), cert: '/etc/visor/cert.pem' });
  });

  it.each<[string, string]>([
    ['hots: x', 'visor.yaml: "hots" is no setting (did you mean host?); there are host, token, '],
    ['dport: 80', 'visor.yaml: "dport" is no setting; there are host, '],
    [
      'output: xml',
      'visor.yaml: output: "xml" is not what it takes; use one of compact, wide, table, tree, json, jsonl, csv, arrow, text',
    ],
    ['utc: perhaps', 'visor.yaml: utc: "perhaps" is not what it takes; use true or false'],
    ['host: 5', 'visor.yaml: host: 5 is not what it takes; use a text that is not empty'],
    ['token: [secret]', 'visor.yaml: token: its value is not what it takes; use a text that is not empty'],
    ['- host', 'visor.yaml is no list of settings; write one a line, such as host: http://127.0.0.1:9650'],
    ['host: [', 'visor.yaml cannot be read: '],
  ])('refuses %j with the file, the key and what is allowed', async (text, message) => {
    localFile(text);
    await expect(found([])).rejects.toThrow(message);
    await expect(found([])).rejects.toMatchObject({ code: 'usage' });
  });

  it('refuses a bad variable, and a file that is named and not there', async () => {
    await expect(found([], { VISOR_COLOR: 'pink' })).rejects.toThrow(
      'VISOR_COLOR: "pink" is not what it takes; use one of auto, always, never',
    );
    await expect(found(['--config', 'no.yaml'])).rejects.toThrow('--config: there is no file no.yaml;');
    await expect(found([], { VISOR_CONFIG: 'no.yaml' })).rejects.toThrow('VISOR_CONFIG: there is no file');
  });

  it('takes no ./visor.yaml that anybody can write: it could send the token anywhere', async () => {
    localFile('host: evil\n');
    chmodSync('visor.yaml', 0o666);
    await expect(found([])).rejects.toThrow('./visor.yaml is not read: everybody can write it;');
    expect(await found(['--config', 'visor.yaml'])).toEqual({ host: 'evil' });
  });
});

describe('the place of the config file', () => {
  it.each<[readonly string[], string | undefined]>([
    [['watch'], undefined],
    [['--config', 'a', '--config=b'], 'b'],
    [['--', '--config', 'a'], undefined],
  ])('is given by %j as %j', (argv, path) => {
    expect(givenConfig(argv)).toBe(path);
  });

  it('is below ~/.config where XDG_CONFIG_HOME is no absolute path', () => {
    expect(configPlace([], { HOME: '/h', XDG_CONFIG_HOME: 'x' })).toEqual({
      path: '/h/.config/visor/config.yaml',
      source: 'the home directory',
      exists: false,
    });
  });
});
