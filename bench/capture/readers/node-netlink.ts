import { mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { BenchError, type Lab } from '../lab.js';
import { READER_CPU } from '../programs.js';
import { CountingReader, type ReaderKind } from './reader.js';

const VERSION = '0.3.0';

/** The `netlink` package of npm, one Buffer and one callback a message */
export const nodeNetlink: ReaderKind = {
  name: 'node-netlink',
  label: `node-netlink ${VERSION}`,
  start: async ({ lab, namespaces }) => {
    const directory = await install(lab);
    const program = join(import.meta.dirname, 'node-netlink-process.js');
    const child = lab.launch([process.execPath, program, directory], {
      namespace: namespaces.firewall,
      cpu: READER_CPU,
      // it ends with an abort when it loses messages: says so at length, and may leave a core file
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: directory,
    });
    return CountingReader.from(child, nodeNetlink.label);
  },
};

const installed = new WeakMap<Lab, string>();

/** Installs it once a run, away from our own packages: nothing but this benchmark uses it. */
async function install(lab: Lab): Promise<string> {
  const known = installed.get(lab);
  if (known !== undefined) return known;
  const directory = join(lab.directory, 'node-netlink');
  mkdirSync(directory);
  writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
  // its install script compiles the native part where no ready-made one fits
  const command = ['npm', 'install', '--ignore-scripts=false', '--loglevel=error', `netlink@${VERSION}`];
  const child = lab.launch(command, { cpu: READER_CPU, cwd: directory });
  let output = '';
  child.stdout?.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (output += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new BenchError(`npm cannot install netlink@${VERSION}: ${output.trim().slice(-300)}`);
  installed.set(lab, directory);
  return directory;
}
