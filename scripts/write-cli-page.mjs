// write-cli-page.mjs FILE [FOLDER]: writes the page of the commands that `npm run build` made below FOLDER.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config, settings } from '@oclif/core';

const [path, folder = fileURLToPath(new URL('..', import.meta.url))] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: write-cli-page.mjs FILE [FOLDER]');
settings.enableAutoTranspile = false;
const { cliPage } = createRequire(import.meta.url)(join(folder, 'dist/visor-cli/visor-cli.cjs'));
writeFileSync(path, cliPage(await Config.load({ root: folder })));
