// Writes what visor-cli's commands are, so that a start loads the one command that runs and no other. `npm run build` ends
// with it; without the file visor-cli loads all commands to find the one.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config, settings } from '@oclif/core';

settings.enableAutoTranspile = false;
const root = fileURLToPath(new URL('..', import.meta.url));
const config = await Config.load({ root, ignoreManifest: true, errorOnManifestCreate: true });
const plugin = config.plugins.get(config.name);
writeFileSync(`${root}/.oclif.manifest.json`, JSON.stringify(plugin.manifest));
