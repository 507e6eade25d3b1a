import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { type RequestListener } from 'node:http';
import { type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll } from 'vitest';
import { FakeHub } from './fake-hub.js';
import { Installed } from './installed.js';

export type Child = ChildProcessByStdio<null, Readable, Readable>;
type Environment = Readonly<Record<string, string>>;

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number | null;
}

/** For the tests of a file: the program as a build makes it, and hubs; what a test leaves running ends with it. */
export function cliRuns(): CliRuns {
  const runs = new CliRuns();
  // Who is the first to ask has it built.
  beforeAll(() => runs.install(), 120_000);
  afterEach(() => runs.stop());
  return runs;
}

/** Runs of the program, with nothing of this environment but PATH. */
export class CliRuns {
  #bin = '';
  readonly #children: ChildProcess[] = [];
  readonly #hubs: FakeHub[] = [];

  get bin(): string {
    return this.#bin;
  }

  install(): void {
    this.#bin = Installed.once().bin;
  }

  async serve(answer: RequestListener): Promise<FakeHub> {
    const hub = await FakeHub.start(answer);
    this.#hubs.push(hub);
    return hub;
  }

  launch(args: readonly string[], env: Environment = {}): Child {
    const child = spawn(process.execPath, [this.#bin, ...args], {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', TZ: 'UTC', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    return child;
  }

  start(
    args: readonly string[],
    env: Environment = {},
  ): { readonly child: Child; readonly result: Promise<Ended> } {
    const child = this.launch(args, env);
    const result = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
      ([stdout, stderr]) => ({ stdout, stderr, exit: child.exitCode }),
    );
    return { child, result };
  }

  run(args: readonly string[], env?: Environment): Promise<Ended> {
    return this.start(args, env).result;
  }

  /** Ends those that still go on, and the hubs. */
  async stop(): Promise<void> {
    for (const child of this.#children.splice(0)) child.kill('SIGKILL');
    await Promise.all(this.#hubs.splice(0).map((hub) => hub.stop()));
  }
}

/** Resolves when the child has printed these words. */
export async function printed(stream: Readable, words: string): Promise<void> {
  let seen = '';
  await new Promise<void>((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(words)) resolve();
    });
  });
}
