import { type RequestListener } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { cliRuns } from '../testing/cli-runs.js';

// Each test starts programs, which takes long where others do so too.
vi.setConfig({ testTimeout: 30_000 });

const runs = cliRuns();

const row = {
  version: '0123456789abcdef',
  agent_id: 'web1',
  netns: '',
  family: 'inet',
  table: 'f\x1bw',
  first_seen: '2026-11-21T14:03:11.204518Z',
  last_seen: null,
  generation: 7,
  rules: 1,
  bytes: 10,
};
const table = 'table inet fw { # handle 1\n\tchain in { # handle 2\n\t\taccept # handle 3\n\t}\n}\n';
const rules = [{ chain: 'in', handle: 3, line: 3 }];
const version = {
  version: row.version,
  family: 'inet',
  table: 'fw',
  text: table,
  chains: [],
  rules,
  sets: [],
};
const older = {
  ...row,
  version: 'fedcba9876543210',
  netns: 'blue',
  last_seen: row.first_seen,
  rules: null,
};

const answer: RequestListener = (request, response) => {
  const url = request.url ?? '';
  if (url.includes('ffffffff')) {
    const problem = { status: 404, detail: 'there is no version ffffffff', field: 'version' };
    response.writeHead(404, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
  } else if (url.startsWith('/api/v1/rulesets?')) {
    const rows = /[?&]at=/.test(url)
      ? [{ ...row, since: row.first_seen, until: null, text: table }]
      : [older, row];
    const lines = url.includes('table=none') ? [] : rows;
    response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
    response.end(lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
  } else {
    const same = url.includes('from=aaaaaaaa');
    const diff = same ? '' : '--- a\n+++ b\n@@ -1,1 +1,1 @@\n-old\n+new\n';
    const document = url.includes('/diff') ? { from: 'a', to: 'b', added: 1, removed: 1, diff } : version;
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(document));
  }
};

async function run(...args: string[]) {
  const hub = await runs.serve(answer);
  const ended = await runs.run(args, { VISOR_HOST: hub.url, OCLIF_COLUMNS: '100' });
  return { ...ended, url: hub.requests[0]?.url };
}

describe('ruleset', () => {
  it.each([
    ['ruleset', ['ruleset', '--help']],
    ['ruleset-list', ['ruleset', 'list', '--help']],
    ['ruleset-show', ['ruleset', 'show', '--help']],
    ['ruleset-diff', ['ruleset', 'diff', '--help']],
    ['ruleset-at', ['ruleset', 'at', '--help']],
  ])('has help as kept in help-%s.txt', async (name, args) => {
    const { stdout, exit } = await run(...args);
    expect(exit).toBe(0);
    await expect(stdout).toMatchFileSnapshot(`../golden/help-${name}.txt`);
  });

  it('list prints a table, and asks for what is wanted', async () => {
    const { stdout, stderr, exit, url } = await run('ruleset', 'list', '--table', 'inet/fw', '--last', '5');
    expect(
      stdout
        .replaceAll('2026-11-21 ', '')
        .replace(/ +$/gm, '')
        .split('\n')
        .map((l) => l.split(/ {2,}/)),
    ).toEqual([
      ['VERSION', 'AGENT', 'TABLE', 'RULES', 'FIRST SEEN', 'LAST SEEN'],
      ['fedcba9876543210', 'web1 netns blue', 'inet f\\x1bw', '?', '14:03:11.204518', '14:03:11.204518'],
      ['0123456789abcdef', 'web1', 'inet f\\x1bw', '1', '14:03:11.204518', 'in force'],
      [''],
    ]);
    expect({ stderr, exit, url }).toEqual({
      stderr: '',
      exit: 0,
      url: '/api/v1/rulesets?family=inet&table=fw&last=5&format=jsonl',
    });
  });

  it('list prints JSON lines as the hub sends them, and says when there are none', async () => {
    expect((await run('ruleset', 'list', '-o', 'jsonl')).stdout).toBe(
      `${JSON.stringify(older)}\n${JSON.stringify(row)}\n`,
    );
    const none = await run('ruleset', 'list', '-o', 'json', '--table', 'none');
    expect(none).toMatchObject({ stdout: '[]\n', stderr: 'visor-cli: nothing matches\n', exit: 0 });
  });

  it('show prints the text, or one rule of it', async () => {
    const all = await run('ruleset', 'show', row.version);
    expect(all).toMatchObject({ stdout: table, stderr: '', exit: 0, url: `/api/v1/rulesets/${row.version}` });
    const one = await run('ruleset', 'show', row.version, '--handle', '3');
    expect(one.stdout).toBe(table);
    const missing = await run('ruleset', 'show', row.version, '--handle', '4');
    expect(missing).toMatchObject({ stdout: '', exit: 2 });
    expect(missing.stderr).toContain(`visor-cli: there is no rule 4 in version ${row.version}; `);
    expect(JSON.parse((await run('ruleset', 'show', row.version, '-o', 'json')).stdout)).toEqual(version);
  });

  it('diff prints a diff, in colours where it is told to', async () => {
    const plain = await run('ruleset', 'diff', row.version, older.version, '--handles');
    expect(plain.stdout).toBe('--- a\n+++ b\n@@ -1,1 +1,1 @@\n-old\n+new\n');
    expect(plain.url).toBe(
      `/api/v1/rulesets/diff?from=${row.version}&to=${older.version}&context=3&handles=true`,
    );
    const coloured = await run('ruleset', 'diff', row.version, older.version, '--color', 'always');
    expect(coloured.stdout).toContain('\x1b[32m+new');
    const same = await run('ruleset', 'diff', 'aaaaaaaa', row.version);
    expect(same).toMatchObject({
      stdout: '',
      stderr: 'visor-cli: no difference; --handles compares handles, too\n',
    });
  });

  it('at prints each table under a line that says whose it is', async () => {
    const { stdout, url } = await run('ruleset', 'at', '2026-11-21T14:10:00Z', '--agent-id', 'web1');
    expect(stdout.replace('2026-11-21 ', '')).toBe(
      `# web1: inet f\\x1bw, version ${row.version}, since 14:03:11.204518\n${table}`,
    );
    expect(url).toBe('/api/v1/rulesets?agent-id=web1&at=2026-11-21T14%3A10%3A00.000000Z&format=jsonl');
  });

  it.each([
    [['show', 'ffffffff'], 'visor-cli: there is no version ffffffff\n', 1],
    [['at', 'soon'], 'visor-cli: time: "soon" is not a time;', 2],
    [['at'], 'RFC 3339; see visor-cli ruleset at --help', 2],
    [['list', '--dport', '80'], 'visor-cli: there is no flag --dport; see visor-cli ruleset list --help', 2],
  ])('refuses %j in one line', async (args, message, code) => {
    const { stdout, stderr, exit } = await run('ruleset', ...args);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ stdout, exit }).toEqual({ stdout: '', exit: code });
  });
});
