#!/usr/bin/env node
// Before all that takes time to load: without a listener these signals end the process, and those that act on them come later.
for (const signal of ['SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => undefined);

void import('./program.js');

export {};
