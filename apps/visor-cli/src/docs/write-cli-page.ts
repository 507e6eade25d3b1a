import { writeFileSync } from 'node:fs';
import { Config, settings } from '@oclif/core';
import { cliPage } from './cli-page.js';

settings.enableAutoTranspile = false;
const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: write-cli-page.js FILE');
writeFileSync(path, cliPage(await Config.load(import.meta.url)));
