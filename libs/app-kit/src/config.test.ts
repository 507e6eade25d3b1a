import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  DaemonConfig,
  duration,
  integer,
  list,
  loadConfig,
  maskUrl,
  printConfig,
  secret,
  Setting,
  size,
  text,
  url,
  yesNo,
} from './index.js';
import { configReference, referenceMarkdown, referenceText } from './reference.js';

class DemoConfig extends DaemonConfig {
  @Setting('storage.click-house.url', 'Where rows are kept', url(['http', 'https']))
  storageUrl = 'http://127.0.0.1:8123';

  @Setting('nats.url', 'NATS servers', url(['nats', 'tls'], { many: true }))
  natsUrl = 'nats://127.0.0.1:4222';

  @Setting('nats.token', 'Token', secret({ optional: true }))
  natsToken = '';

  @Setting('spool.max_bytes', 'Most that is kept', size({ min: 1024, max: 2 ** 40 }))
  spoolMaxBytes = 64 * 2 ** 20;

  @Setting('batch.linger', 'How long a row may wait', duration({ min: 1, max: 5000 }))
  lingerMs = 100;

  @Setting('batch.rows', 'Rows of a batch', integer({ min: 1, max: 65536 }))
  rows = 16384;

  @Setting('own-traffic', 'Whether to keep own traffic', yesNo())
  ownTraffic = false;

  @Setting('agent', 'Name', text({ optional: true }))
  agent = '';

  @Setting('keep', 'What to keep', list({ words: ['red', 'green', 'blue'] }, { optional: true }))
  keep: readonly string[] = [];

  @Setting('hosts', 'Hosts', list({ pattern: /[a-z0-9.]+/, allowed: 'host names' }))
  hosts: readonly string[] = ['localhost'];
}

const dir = mkdtempSync(join(tmpdir(), 'app-kit-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function yaml(content: string): string {
  const file = join(dir, 'demo.yml');
  writeFileSync(file, content);
  return file;
}

const load = (env: Record<string, string>, file?: string) =>
  loadConfig(DemoConfig, { env, file, prefix: 'XT_' });

describe('loadConfig', () => {
  it('gives the defaults when nothing is set', () => {
    expect(load({ PATH: '/bin' })).toEqual(new DemoConfig());
  });

  it('lets the environment win over the file and the file over the defaults', () => {
    const file = yaml(
      'logger: { level: debug }\nbatch:\n  linger: 5ms\n  rows: 10\nspool: { max_bytes: 1GiB }\n',
    );
    const config = load(
      { XT_BATCH_ROWS: '20', XT_OWN_TRAFFIC: 'true', XT_STORAGE_CLICK_HOUSE_URL: 'https://db' },
      file,
    );
    expect(config).toMatchObject({
      loggerLevel: 'debug',
      lingerMs: 5,
      rows: 20,
      spoolMaxBytes: 2 ** 30,
      ownTraffic: true,
      storageUrl: 'https://db',
    });
  });

  it.each([
    ['red,blue', ['red', 'blue']],
    [' red , blue ', ['red', 'blue']],
    ['red,red', ['red']],
    ['', []],
  ])('takes the list %j from the environment', (raw, items) => {
    expect(load({ XT_KEEP: raw }).keep).toEqual(items);
  });

  it.each([
    ['keep: [red, blue]\nhosts: [a.example, 10]', { keep: ['red', 'blue'], hosts: ['a.example', '10'] }],
    ['keep:\n  - green\nhosts: 7', { keep: ['green'], hosts: ['7'] }],
    ['keep: red,green', { keep: ['red', 'green'], hosts: ['localhost'] }],
    ['keep: []', { keep: [], hosts: ['localhost'] }],
  ])('takes the lists of the file %j', (content, lists) => {
    expect(load({}, yaml(content))).toMatchObject(lists);
  });

  it.each([
    [
      { XT_BATCH_ROWS: 'many' },
      'batch.rows: "many" (from XT_BATCH_ROWS) is not allowed; it takes a whole number from 1 to 65536',
    ],
    [{ XT_BATCH_ROWS: '0' }, 'batch.rows: "0" (from XT_BATCH_ROWS)'],
    [{ XT_BATCH_LINGER: '5' }, 'a duration (100ms, 5s, 1h30m) from 1ms to 5s'],
    [{ XT_BATCH_LINGER: '1h' }, 'a duration (100ms, 5s, 1h30m) from 1ms to 5s'],
    [{ XT_SPOOL_MAX_BYTES: '64' }, 'a size (900kB, 64MiB) from 1KiB to 1024GiB'],
    [{ XT_OWN_TRAFFIC: 'yes' }, 'true or false'],
    [
      { XT_LOGGER_LEVEL: 'loud' },
      'logger.level: "loud" (from XT_LOGGER_LEVEL) is not allowed; it takes debug, info, warn, error',
    ],
    [{ XT_NATS_URL: 'http://u:pw@h' }, 'nats.url: "http://u:***@h" (from XT_NATS_URL) is not allowed'],
    [{ XT_STORAGE_CLICK_HOUSE_URL: '' }, 'http://…, https://…'],
    [
      { XT_KEEP: 'red,yellow' },
      'keep: "red,yellow" (from XT_KEEP) is not allowed; it takes any of red, green, blue; several as a YAML list or separated by commas; or nothing',
    ],
    [{ XT_KEEP: 'red,,blue' }, 'keep: "red,,blue" (from XT_KEEP)'],
    [{ XT_HOSTS: 'a.example,b c' }, 'it takes host names; several as a YAML list or separated by commas'],
    [{ XT_HOSTS: '' }, 'hosts: "" (from XT_HOSTS)'],
    [
      { XT_BATCH_ROW: '1' },
      'the environment variable XT_BATCH_ROW is not known; did you mean XT_BATCH_ROWS?',
    ],
    [
      { XT_WHATEVER_ELSE: '1' },
      'the environment variable XT_WHATEVER_ELSE is not known; the known ones are XT_LOGGER_LEVEL',
    ],
  ])('refuses %j in one sentence', (env, sentence) => {
    expect(() => load(env)).toThrow(sentence);
  });

  it.each([
    [
      'logger: { levle: info }',
      /the key logger\.levle in .*demo\.yml is not known; did you mean logger\.level\?/,
    ],
    ['batch: 5', /the key batch in/],
    ['keep: [red, yellow]', /keep: \["red","yellow"\] \(from .*\) is not allowed/],
    ['keep: { red: true }', /keep: \{"red":true\} \(from .*\) is not allowed/],
    ['keep: [[red]]', /keep: \[\["red"\]\] \(from .*\) is not allowed/],
    ['hosts: []', /hosts: \[\] \(from .*\) is not allowed/],
    ['batch: { rows: [1] }', /batch\.rows: \[1\] \(from .*\) is not allowed/],
    ['logger: [', /demo\.yml is not YAML: .* at line 1/],
    ['- a', /must hold keys and values/],
  ])('refuses the file %j', (content, sentence) => {
    expect(() => load({}, yaml(content))).toThrow(sentence);
  });

  it('takes an empty file and says so of a missing one', () => {
    expect(load({}, yaml('# nothing\n'))).toEqual(new DemoConfig());
    expect(() => load({}, join(dir, 'no.yml'))).toThrow(/no\.yml cannot be read: does not exist/);
  });
});

describe('what is shown', () => {
  it('masks passwords in URLs and tokens', () => {
    const shown = printConfig(
      load({ XT_NATS_URL: 'nats://joe:pw@a:1,nats://tok@b:2', XT_NATS_TOKEN: 'abc' }),
    );
    expect(shown).toContain('url: nats://joe:***@a:1,nats://***@b:2');
    expect(shown).toContain('token: "***"');
    expect(shown).toContain('max_bytes: 64MiB');
    expect(shown).toContain('linger: 100ms');
  });

  it.each([
    ['nats://u:pa/ss@h:1', 'nats://u:***@h:1'],
    ['nats://u:p@ss@h', 'nats://u:***@h'],
    ['nats://u:a,b@h', 'nats://u:***@h'],
    ['["nats://u:p@h","nats://tok@i"]', '["nats://u:***@h","nats://***@i"]'],
    ['http://[::1]:80/a@b', 'http://[::1]:80/a@b'],
    ['http://host/a@b', 'http://host/a@b'],
    ['nats://a:1,nats://b', 'nats://a:1,nats://b'],
    ['a@b', 'a@b'],
  ])('shows %s as %s', (address, shown) => {
    expect(maskUrl(address)).toBe(shown);
  });

  it('prints what it would load again', () => {
    const config = load({ XT_BATCH_LINGER: '1s500ms', XT_AGENT: 'web 1', XT_KEEP: 'red,blue' });
    expect(load({}, yaml(printConfig(config)))).toEqual(config);
  });

  it('documents every setting with key, environment name, default and limits', () => {
    const rows = configReference(DemoConfig, 'XT_');
    expect(rows.find((r) => r.key === 'storage.click-house.url')).toEqual({
      key: 'storage.click-house.url',
      env: 'XT_STORAGE_CLICK_HOUSE_URL',
      default: 'http://127.0.0.1:8123',
      doc: 'Where rows are kept',
      allowed: 'http://…, https://…',
    });
    expect(referenceText(rows)).toContain('Rows of a batch (default 16384)');
    expect(rows.filter((r) => ['keep', 'hosts'].includes(r.key)).map((r) => r.default)).toEqual([
      '',
      'localhost',
    ]);
    expect(referenceMarkdown(rows)).toContain('| `graceful-shutdown` | `XT_GRACEFUL_SHUTDOWN` | `10s` |');
  });

  it('refuses two keys with one environment name', () => {
    expect(() => {
      class Twice {
        @Setting('a.b', 'one', text())
        one = '';

        @Setting('a-b', 'two', text())
        two = '';
      }
      return new Twice();
    }).toThrow('a-b is declared twice');
  });
});
