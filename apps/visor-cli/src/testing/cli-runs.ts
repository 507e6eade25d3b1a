import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Installed } from './installed.js';

export type Child = ChildProcessByStdio<null, Readable, Readable>;
type Environment = Readonly<Record<string, string>>;

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number | null;
}

/** Runs of the program as a build makes it, with nothing of this environment but PATH. */
export class CliRuns {
  readonly #bin = Installed.once().bin;
  readonly #children: ChildProcess[] = [];

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

  /** Ends those that still go on. */
  stop(): void {
    for (const child of this.#children.splice(0)) child.kill('SIGKILL');
  }
}
