// Writes what visor-cli's commands are, so that a start loads the one command that runs and no other. `npm run build` ends
// with it; without the file visor-cli loads all commands to find the one.
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config, settings } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = `${root}/.oclif.manifest.json`;
// oclif would take the old one for the truth.
rmSync(path, { force: true });
settings.enableAutoTranspile = false;
const config = await Config.load({ root, errorOnManifestCreate: true });
const plugin = config.plugins.get(config.name);
writeFileSync(path, JSON.stringify(plugin.manifest));
