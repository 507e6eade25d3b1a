import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliData, openLab, programCommand, startCliData, tryRun, type Lab } from './support/index.js';
import {
  type Example,
  filledIn,
  helpExamples,
  isEndless,
  pageExamples,
  steady,
} from './support/cli-examples.js';

const examples = [...helpExamples(), ...pageExamples('README.md')];

let lab: Lab;
let data: CliData;
let bin: string;

beforeAll(async () => {
  lab = await openLab();
  data = await startCliData(lab);
  bin = lab.directory('bin');
  const [node = '', script = ''] = programCommand('visor-cli');
  const path = join(bin, 'visor-cli');
  writeFileSync(path, `#!/bin/sh\nexec '${node}' '${script}' "$@"\n`);
  chmodSync(path, 0o755);
});
afterAll(() => lab.close());

const environment = (): Record<string, string> => ({
  ...data.env,
  PATH: `${bin}:${process.env['PATH'] ?? ''}`,
  HOME: bin,
  XDG_CONFIG_HOME: join(bin, 'config'),
});

/** Runs an example as a person would, in a shell. */
async function output(line: string): Promise<string> {
  // What an example writes is not to lie about here.
  const command = filledIn(line, data);
  const inBin = (text: string): string => `cd '${bin}' && ${text}`;
  if (!isEndless(line)) {
    const { code, stdout, stderr } = await tryRun(['bash', '-c', inBin(command)], { env: environment() });
    return `${stdout}${stderr}exit code ${code}\n`;
  }
  const program = lab.start({
    name: line,
    command: ['bash', '-c', inBin(`exec ${command}`)],
    env: environment(),
  });
  // What it shows of the past is there at once; nothing new comes.
  await program.until('quiet', () => program.quietMs > 4000, 60_000);
  await program.kill('SIGINT');
  return `${program.stdout}${program.stderr}exit code ${program.exitCode}\n`;
}

const goldenName = ({ of }: Example): string =>
  of
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .replace(/-$/, '');

const groups = [...new Set(examples.map(({ of }) => of))];

describe('examples run and print what they printed', () => {
  it.each(groups)('%s', async (of) => {
    let text = '';
    for (const example of examples.filter((each) => each.of === of)) {
      const shown = steady(await output(example.line), data);
      // An example that shows nothing, or fails, teaches nothing.
      expect.soft(shown, example.line).toMatch(/exit code (0|130)\n$/);
      if (!isEndless(example.line)) expect.soft(shown, example.line).not.toMatch(/nothing matches/);
      text += `$ ${example.line}\n${shown}\n`;
    }
    await expect(text).toMatchFileSnapshot(`golden/cli-${goldenName({ of, line: '' })}.txt`);
  });
});
