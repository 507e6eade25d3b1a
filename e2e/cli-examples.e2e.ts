import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type CliData,
  eventually,
  openLab,
  programCommand,
  startCliData,
  tryRun,
  type Lab,
} from './support/index.js';
import {
  filledIn,
  helpExamples,
  isEndless,
  isOfTerminal,
  pageExamples,
  rootExamples,
} from './support/cli-examples.js';
import { steady } from './support/steady-output.js';

/** Those take a token of role admin, and the hub of the data has none; what they do is in the tests of the commands. */
const takesLogin = ({ line }: { readonly line: string }): boolean => /alerts silence .*(=|--end)/.test(line);

const helps = helpExamples();
const examples = [...rootExamples(), ...helps, ...pageExamples('README.md')].filter(
  (example) => !takesLogin(example) && !isOfTerminal(example),
);

const newRule = `name: many-drops
filter: fate == dropped
by: [agent_id]
when: { count: true, above: 3, window: 1m }
`;

let lab: Lab;
let data: CliData;
let home: string;

beforeAll(async () => {
  lab = await openLab();
  data = await startCliData(lab);
  home = lab.directory('home');
  mkdirSync(join(home, 'bin'));
  const [node = '', script = ''] = programCommand('visor-cli');
  const path = join(home, 'bin/visor-cli');
  writeFileSync(path, `#!/bin/sh\nexec '${node}' '${script}' "$@"\n`);
  chmodSync(path, 0o755);
});
afterAll(() => lab.close());

beforeEach(() => {
  mkdirSync(join(home, '.config/visor'), { recursive: true });
  writeFileSync(join(home, 'new-rule.yaml'), newRule);
  writeFileSync(join(home, '.config/visor/config.yaml'), '# how times are shown\ntime-format: local\n');
});

const environment = (line: string): Record<string, string> => ({
  ...data.env,
  PATH: `${home}/bin:${process.env['PATH'] ?? ''}`,
  HOME: home,
  XDG_CONFIG_HOME: '',
  // An editor would wait for somebody.
  EDITOR: '',
  ...(line.includes('$VISOR_TOKEN') && { VISOR_TOKEN: 'a-token-that-nobody-else-has' }),
});

async function liveClients(): Promise<number> {
  const text = await (await fetch(`${data.hub.url}/metrics`)).text();
  return Number(/^visor_hub_live_clients (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** Runs an example as a person would, in a shell. */
async function output(line: string): Promise<string> {
  const env = environment(line);
  const command = `cd '${home}' && set -o pipefail && ${isEndless(line) ? 'exec ' : ''}${filledIn(line, data)}`;
  if (!isEndless(line)) {
    const { code, stdout, stderr } = await tryRun(['bash', '-c', command], { env });
    return `${stdout}${stderr}exit code ${code}\n`;
  }
  // The hub may not know yet that the one before has gone.
  await eventually(liveClients, (clients) => clients === 0, { stable_ms: 0 });
  const program = lab.start({ name: line, command: ['bash', '-c', command], env });
  // What there is of the past is printed soon after the start; nothing new comes.
  const started = async (): Promise<boolean> => program.stdout !== '' || (await liveClients()) > 0;
  await program.until('rows, or that it follows', started, 60_000);
  const quietMs = program.stdout === '' ? 1000 : 3000;
  await program.until('quiet', () => program.quietMs > quietMs);
  await program.kill('SIGINT');
  return `${program.stdout}${program.stderr}exit code ${program.exitCode}\n`;
}

const goldenName = (of: string): string =>
  of
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .replace(/-$/, '');

const groups = [...new Set(examples.map(({ of }) => of))];

describe('examples run and print what they printed', () => {
  it.each(groups)('%s', async (of) => {
    let text = '';
    for (const { line } of examples.filter((each) => each.of === of)) {
      const shown = steady(await output(line), { ...data, home });
      // An example that shows nothing, or fails, teaches nothing.
      expect.soft(shown, line).toMatch(/exit code 0\n$/);
      if (!isEndless(line)) expect.soft(shown, line).not.toMatch(/nothing matches|no alert matches/);
      text += `$ ${line}\n${shown}\n`;
    }
    await expect(text).toMatchFileSnapshot(`golden/cli-${goldenName(of)}.txt`);
  });

  it('are all that docs/cli.md shows', () => {
    const lines = (list: readonly { line: string }[]): string[] => list.map(({ line }) => line).sort();
    expect(lines(pageExamples('docs/cli.md'))).toEqual(lines(helps));
  });
});
