import { type AppInfo, helpText, readCommandLine } from './command-line.js';
import { loadConfig, printConfig } from './config.js';
import { type DaemonConfig } from './daemon-config.js';
import { AppError } from './error.js';
import { explain } from './explain.js';
import { type Host, thisProcess } from './host.js';
import { runCommand } from './run-command.js';

/** A started daemon. */
export interface Running {
  /** Finishes what is under way and lets go of everything. */
  close(): Promise<void>;
  /** Settles when it ends by itself: an error ends the process with that error's sentence. */
  readonly ended?: Promise<void>;
}

/**
 * Starts a daemon. `stop` is aborted by the first signal, so that waiting in it can end.
 */
export type Main<T> = (config: T, stop: AbortSignal) => Promise<Running>;

/**
 * Runs a daemon from its command line to its exit code: configuration (2 when it is bad), start errors in one
 * sentence (1), a graceful stop on SIGTERM and SIGINT within `graceful-shutdown`; a second signal exits at once.
 */
export async function runApp<T extends DaemonConfig>(
  app: AppInfo<T>,
  main: Main<T>,
  host: Host = thisProcess(),
): Promise<void> {
  try {
    const command = app.commands?.find(({ name }) => name === host.argv[0]);
    if (command) return await runCommand(app, command, host);
    const { ask, file } = readCommandLine(host.argv, app.commands !== undefined);
    if (ask === 'help') return host.out(helpText(app));
    if (ask === 'version') return host.out(`${app.name} ${app.version}\n`);
    const config = loadConfig(app.config, { file, env: host.env, prefix: app.prefix });
    if (ask === 'print-config') return host.out(printConfig(config));
    config.configFile = file;
    await runUntilStopped(config, main, host);
    host.exit(0);
  } catch (error) {
    const { text, exitCode } = explain(app.name, error);
    host.err(`${text}\n`);
    host.exit(exitCode);
  }
}

async function runUntilStopped<T extends DaemonConfig>(config: T, main: Main<T>, host: Host): Promise<void> {
  const stop = new AbortController();
  const signalled = new Promise<void>((resolve) => {
    let signals = 0;
    host.onSignal(() => {
      signals++;
      if (signals > 1) host.exit(130);
      // In this order: a start that fails because it was interrupted loses the race to the signal.
      resolve();
      stop.abort();
    });
  });
  const started = main(config, stop.signal);
  const running = await Promise.race([started, signalled]);
  try {
    if (running) await Promise.race([signalled, running.ended ?? signalled]);
  } finally {
    await withDeadline(closeAll(running, started), config.gracefulShutdownMs);
  }
}

async function closeAll(running: Running | void, started: Promise<Running>): Promise<void> {
  // A start that was interrupted by the signal may fail for that reason alone.
  const late = running ?? (await started.catch(() => undefined));
  await late?.close();
}

async function withDeadline(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `the stop took longer than graceful-shutdown (${ms} ms), what was under way is cut off`;
      reject(new AppError('stop', 'not_stopped', message));
    }, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
