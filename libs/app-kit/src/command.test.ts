import { describe, expect, it } from 'vitest';
import {
  type AppInfo,
  type Command,
  type CommandInput,
  DaemonConfig,
  type Host,
  runApp,
  StartError,
} from './index.js';

/** A program with one command, and what it printed. */
function start(argv: string[], run: Command<DaemonConfig>['run'] = () => Promise.resolve()) {
  const seen = { out: '', err: '', codes: [] as number[], daemon: false, hangUp: false };
  let signal = (): void => undefined;
  const host: Host = {
    argv,
    env: {},
    out: (text) => void (seen.out += text),
    err: (text) => void (seen.err += text),
    exit: (code) => void seen.codes.push(code),
    onSignal: (handler, hangUp = false) => {
      signal = () => handler('SIGTERM');
      seen.hangUp = hangUp;
    },
  };
  const command: Command<DaemonConfig> = {
    name: 'copy',
    summary: 'Copies a file.',
    arguments: ['FILE'],
    flags: [
      { name: 'for', value: 'DURATION', doc: 'stop after that long' },
      { name: 'force', short: 'f', doc: 'write over it' },
    ],
    run: (input) => run(input),
  };
  const app: AppInfo<DaemonConfig> = {
    name: 'demo',
    summary: 'Shows.',
    version: '1.2.3',
    prefix: 'XD_',
    config: DaemonConfig,
    commands: [command],
  };
  const done = runApp(
    app,
    () => {
      seen.daemon = true;
      return Promise.resolve({ close: () => Promise.resolve(), ended: Promise.resolve() });
    },
    host,
  );
  return { seen, done, signal: () => signal() };
}

describe('commands of a daemon', () => {
  it('stand in its help, and have a help of their own', async () => {
    const { seen, done } = start(['--help']);
    await done;
    expect(seen.out).toContain('COMMANDS\n  demo copy FILE   Copies a file.\n\nFLAGS');
    const own = start(['copy', '--help']);
    await own.done;
    expect(own.seen.out).toBe(`Copies a file.

USAGE
  $ demo copy FILE [flags]

FLAGS
  --for DURATION   stop after that long
  -f, --force      write over it
  --config FILE    read the configuration from a YAML file
  -h, --help       print this and exit
`);
  });

  it('are given what their command line says', async () => {
    let input: CommandInput<DaemonConfig> | undefined;
    const { seen, done } = start(['copy', '-f', '--for', '3s', 'x.rec'], (given) => {
      input = given;
      return Promise.resolve();
    });
    await done;
    expect([input?.arguments, input?.flag('for'), input?.has('force'), input?.has('for')]).toEqual([
      ['x.rec'],
      '3s',
      true,
      false,
    ]);
    expect(input?.config.gracefulShutdownMs).toBe(10_000);
    expect(seen).toMatchObject({ codes: [0], err: '', daemon: false });
  });

  it.each([
    [['copy'], 'demo: FILE is missing; demo copy --help shows what is taken\n'],
    [['copy', 'a', 'b'], "demo: Unexpected argument 'b'; demo copy --help shows what is taken\n"],
    [['copy', 'a', '--fro', '3s'], "demo: Unknown option '--fro'; demo copy --help shows what is taken\n"],
    [['cpy', 'a'], 'demo: there is no command cpy; --help shows what is taken\n'],
    [
      ['copy', 'a', '--for', '-3s'],
      "demo: Option '--for' argument is ambiguous; demo copy --help shows what is taken\n",
    ],
  ])('refuse %j in one sentence', async (argv, sentence) => {
    const { seen, done } = start(argv);
    await done;
    expect(seen).toMatchObject({ err: sentence, codes: [2], daemon: false });
  });

  it('leave the daemon as it was', async () => {
    const { seen, done } = start([]);
    await done;
    // A daemon outlives the terminal, a command does not.
    expect(seen).toMatchObject({ daemon: true, codes: [0], hangUp: false });
  });

  it('end properly on the first signal, at once on the second', async () => {
    let end = (): void => undefined;
    const { seen, done, signal } = start(['copy', 'a'], ({ stop }) => {
      return new Promise((resolve) => stop.addEventListener('abort', () => (end = resolve)));
    });
    signal();
    expect(seen).toMatchObject({ codes: [], hangUp: true });
    signal();
    expect(seen.codes).toEqual([130]);
    end();
    await done;
    expect(seen.codes).toEqual([130, 0]);
  });

  it('say in one sentence why they failed', async () => {
    const { seen, done } = start(['copy', 'a'], () => Promise.reject(new StartError('the disk is full')));
    await done;
    expect(seen).toMatchObject({ err: 'demo: the disk is full\n', codes: [1] });
  });
});
