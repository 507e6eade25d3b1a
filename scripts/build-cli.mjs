// build-cli.mjs [FOLDER]: makes visor-cli below FOLDER, which has this repository's package.json and apps/visor-cli/bin:
// the program in one file, the list of its commands, and what the compiler makes of it. Why: docs/adr/0047-one-file-cli.md.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config, settings } from '@oclif/core';
import { rolldown } from 'rolldown';
import { asWritten, withoutSpaces } from './lib/as-written.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'apps/visor-cli/src');
const [folder = root] = process.argv.slice(2);
const directory = join(folder, 'dist/visor-cli');
const manifest = join(folder, '.oclif.manifest.json');

const commands = readdirSync(join(source, 'commands'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .sort()
  .map((file) => ({ id: file.replace(/\.ts$/, '').replaceAll('/', ':'), path: `commands/${file}` }));

/** @returns a property that loads its module when it is first asked for */
const lazy = (name, path, what) =>
  `get ${JSON.stringify(name)}() { return require(${JSON.stringify(join(source, path))}).${what}; }`;

/** What package.json's `oclif` names, and what is started. */
const entry = `module.exports = {
  ${lazy('main', 'main.ts', 'main')},
  ${lazy('preparse', 'config/preparse.ts', 'preparse')},
  ${lazy('VisorHelp', 'help.ts', 'VisorHelp')},
  ${lazy('cliPage', 'docs/cli-page.ts', 'cliPage')},
  commands: { ${commands.map(({ id, path }) => lazy(id, path, 'default')).join(', ')} },
};`;

const ENTRY = '\0visor-cli';
const LATER = '\0later:';

/** Packages that stay where they are, and that are loaded only where a module that uses them is: Arrow is large. */
const outside = ['apache-arrow', 'typescript'];

const plugin = {
  name: 'visor-cli',
  resolveId(id, importer) {
    if (id === ENTRY) return id;
    if (!outside.includes(id)) return undefined;
    return importer?.startsWith(LATER) ? { id, external: true } : LATER + id;
  },
  load(id) {
    if (id === ENTRY) return entry;
    return id.startsWith(LATER) ? `module.exports = require('${id.slice(LATER.length)}');` : undefined;
  },
};

async function bundle() {
  const made = await rolldown({
    cwd: root,
    input: { 'visor-cli': ENTRY },
    platform: 'node',
    ...asWritten,
    plugins: [plugin],
    resolve: { conditionNames: ['visor-source', 'import', 'node', 'default'] },
  });
  await made.write({
    dir: directory,
    // Node 20 takes the compiler's work from a file for scripts only, not for modules.
    format: 'cjs',
    codeSplitting: false,
    // A script that V8 has from a file cannot import().
    dynamicImportInCjs: false,
    entryFileNames: '[name].cjs',
    sourcemap: true,
    // Comments and spaces go; names stay, for oclif's errors are told by theirs.
    ...withoutSpaces,
  });
  await made.close();
}

/** Without the list oclif loads all commands to find the one that is called. */
async function listCommands() {
  settings.enableAutoTranspile = false;
  const config = await Config.load({ root: folder, errorOnManifestCreate: true });
  writeFileSync(manifest, JSON.stringify(config.plugins.get(config.name).manifest));
}

// What is older than the program would be taken for the truth.
rmSync(manifest, { force: true });
rmSync(directory, { recursive: true, force: true });
await bundle();
await listCommands();
execFileSync(process.execPath, [join(root, 'scripts/compile-cli.cjs'), join(folder, 'apps/visor-cli/bin')], {
  cwd: directory,
  env: {},
});
