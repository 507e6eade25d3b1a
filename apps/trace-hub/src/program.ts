import 'reflect-metadata';
import { packageVersion, runApp } from '#app-kit';
import { tokenCommand } from './auth/token.command.js';
import { HubConfig } from './config.js';
import { startHub } from './hub.js';

await runApp(
  {
    name: 'trace-hub',
    summary:
      'Takes the agents’ batches from NATS, keeps them in ClickHouse, and answers REST and the live stream.',
    version: packageVersion(import.meta.url),
    prefix: 'TH_',
    config: HubConfig,
    commands: [tokenCommand],
  },
  startHub,
);
