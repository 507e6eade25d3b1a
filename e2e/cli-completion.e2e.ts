import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliData, type Lab, openLab, programCommand, startCliData, tryRun } from './support/index.js';

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
  env = { ...data.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: bin };
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

describe.each([
  ['zsh', ['zsh', '-n']],
  ['fish', ['fish', '-n']],
])('the script for %s', (shell, check) => {
  it('is one that the shell can read, where there is that shell', async (context) => {
    const installed = await tryRun(['sh', '-c', `command -v ${shell}`]);
    if (installed.code !== 0) {
      console.warn(`SKIPPED: there is no ${shell}`);
      return context.skip();
    }
    const { stdout } = await tryRun(['visor-cli', 'autocomplete', shell], { env });
    const file = join(lab.directory('script'), 'script');
    writeFileSync(file, stdout);
    expect(await tryRun([...check, file])).toMatchObject({ code: 0, stderr: '' });
  });
});
