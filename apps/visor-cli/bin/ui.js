#!/usr/bin/env node
import { main } from '../../../dist/apps/visor-cli/src/main.js';

await main(['ui', ...process.argv.slice(2)], import.meta.url);
