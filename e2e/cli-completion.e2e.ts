import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import {
  afterTab,
  type CliData,
  type Lab,
  openLab,
  programCommand,
  startCliData,
  tryRun,
} from './support/index.js';

let lab: Lab;
let data: CliData;
let env: Record<string, string>;

beforeAll(async () => {
  lab = await openLab();
  data = await startCliData(lab);
  const bin = lab.directory('bin');
  const [node = '', script = ''] = programCommand('visor-cli');
  writeFileSync(join(bin, 'visor-cli'), `#!/bin/sh\nexec '${node}' '${script}' "$@"\n`);
  chmodSync(join(bin, 'visor-cli'), 0o755);
  env = {
    ...data.env,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    HOME: bin,
    VISOR_COMPLETION_PATIENCE_MS: '30000',
  };
});
afterAll(() => lab.close());

/** What bash has after a tab, by its own function and the words as it splits them. */
async function inBash(words: readonly string[], more: Record<string, string> = {}): Promise<string[]> {
  const list = words.map((word) => `'${word}'`).join(' ');
  const script = `compopt() { :; }
source <(visor-cli autocomplete bash)
COMP_WORDS=(visor-cli ${list}); COMP_CWORD=${words.length}
_visor_cli visor-cli
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await tryRun(['bash', '--norc', '-c', script], { env: { ...env, ...more } });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

describe('completion in bash', () => {
  it.each<[readonly string[], readonly string[]]>([
    [['wa'], ['watch']],
    [
      ['ruleset', ''],
      ['at', 'diff', 'list', 'show'],
    ],
    [['watch', '--fate', 'dr'], ['dropped']],
    [['watch', '--fate', '=', 'dr'], ['dropped']],
    [['watch', '--fate', 'accepted,!dr'], ['accepted\\,\\!dropped']],
    [['watch', '--agent-id', 'w'], ['web1']],
    [['watch', '--chain', 'out'], ['outside']],
    [['watch', '--sg', 'cl'], ['clients']],
    [['watch', '--dport', '844'], ['8443']],
    [
      ['agents', ''],
      ['web1', 'gw1', 'db1'],
    ],
    [
      ['config', 'set', 'color', ''],
      ['auto', 'always', 'never'],
    ],
  ])('of %j is %j', async (words, expected) => {
    expect((await inBash(words)).sort()).toEqual([...expected].sort());
  });

  it('is silent where no hub answers', async () => {
    expect(await inBash(['watch', '--dport', '4'], { VISOR_HOST: 'http://127.0.0.1:1' })).toEqual([]);
  });
});

/** Skips where there is no such shell, aloud. */
async function need(shell: string, context: TestContext): Promise<void> {
  if ((await tryRun(['sh', '-c', `command -v ${shell}`])).code === 0) return;
  console.warn(`SKIPPED: there is no ${shell}`);
  context.skip();
}

describe('completion in zsh', () => {
  it.for([
    ['visor-cli wa', 'visor-cli watch '],
    ['visor-cli ruleset sh', 'visor-cli ruleset show '],
    ['visor-cli watch --fate dr', 'visor-cli watch --fate dropped '],
    ['visor-cli watch --fate=dr', 'visor-cli watch --fate=dropped '],
    ['visor-cli watch --fate accepted,!dr', 'visor-cli watch --fate accepted,\\!dropped '],
    ['visor-cli watch --agent-id w', 'visor-cli watch --agent-id web1 '],
    ['visor-cli watch --dport 844', 'visor-cli watch --dport 8443 '],
    ['visor-cli config set color al', 'visor-cli config set color always '],
  ] as const)('of %j', async ([line, expected], context) => {
    await need('zsh', context);
    expect((await afterTab.zsh(line, env)).line).toBe(expected);
  });

  it('lists what there is with what it is, values in the order of their frequency', async (context) => {
    await need('zsh', context);
    const flags = await afterTab.zsh('visor-cli watch --fa', env);
    expect(flags.line).toBe('visor-cli watch --fa');
    expect(flags.listed).toContainEqual(expect.stringMatching(/^--fail-empty +-- Exit code 1 where nothing/));
    expect(flags.listed).toContainEqual(expect.stringMatching(/^--family +-- The table's family: ip, ip6/));
    const agents = await afterTab.zsh('visor-cli agents ', env);
    expect(agents.listed.join(' ').split(/ +/)).toEqual(expect.arrayContaining(['web1', 'gw1', 'db1']));
    expect(agents.listed).not.toContainEqual(expect.stringContaining('--'));
  });

  it('leaves names of files to zsh', async (context) => {
    await need('zsh', context);
    const folder = lab.directory('files');
    writeFileSync(join(folder, 'rows.jsonl'), '');
    const { line } = await afterTab.zsh(`visor-cli watch --input-file ${folder}/ro`, env);
    expect(line).toBe(`visor-cli watch --input-file ${folder}/rows.jsonl `);
  });
});

describe('completion in fish', () => {
  it.for<[string, readonly string[]]>([
    [
      'visor-cli wa',
      ['watch\tShow packets and the rule that decided each: past ones, or new ones as they come'],
    ],
    ['visor-cli watch --fate dr', ['dropped']],
    ['visor-cli watch --fate=dr', ['--fate=dropped']],
    ['visor-cli watch --fate accepted,!dr', ['accepted,!dropped']],
    ['visor-cli watch --agent-id w', ['web1']],
    ['visor-cli watch --sg cl', ['clients']],
    ['visor-cli watch --dport 844', ['8443']],
    ['visor-cli agents ', ['db1', 'gw1', 'web1']],
    ['visor-cli config set color ', ['always', 'auto', 'never']],
  ])('of %j', async ([line, expected], context) => {
    await need('fish', context);
    expect([...(await afterTab.fish(line, env)).listed].sort()).toEqual(expected);
  });

  it('leaves names of files to fish', async (context) => {
    await need('fish', context);
    const folder = lab.directory('files');
    writeFileSync(join(folder, 'rows.jsonl'), '');
    const { listed } = await afterTab.fish(`visor-cli watch --input-file ${folder}/ro`, env);
    expect(listed).toEqual([`${folder}/rows.jsonl`]);
  });
});
