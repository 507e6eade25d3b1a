import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab } from '../support/lab.js';
import { monotonicMs } from '../support/known-packets.js';
import { type Program, type ProgramOptions } from '../support/program.js';

/** One life of a program. */
export interface Life {
  readonly program: Program;
  readonly started_ms: number;
  /** When it was told to end; Infinity while it was not. */
  ended_ms: number;
  killed: boolean;
  /** It was told to end. */
  expected: boolean;
}

/** A program that is killed, stopped and started again. */
export class Service {
  readonly lives: Life[] = [];

  constructor(
    private readonly lab: Lab,
    private readonly options: ProgramOptions,
  ) {}

  get name(): string {
    return this.options.name;
  }

  get life(): Life {
    const life = this.lives.at(-1);
    if (!life) throw new Error(`${this.name} was never started`);
    return life;
  }

  get running(): boolean {
    return this.lives.length > 0 && this.life.program.running;
  }

  start(): void {
    if (this.running) throw new Error(`${this.name} runs already`);
    const program = this.lab.start(this.options);
    const [started_ms, ended_ms] = [monotonicMs(), Infinity];
    this.lives.push({ program, started_ms, ended_ms, killed: false, expected: false });
  }

  /** Ends it: SIGKILL as a crash does, SIGTERM gracefully. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { life } = this;
    if (!life.program.running) return;
    life.ended_ms = Math.min(life.ended_ms, monotonicMs());
    life.killed = signal === 'SIGKILL';
    life.expected = true;
    await life.program.kill(signal, 120_000);
  }

  /** Stops it where it is, until `goOn`. */
  halt(): void {
    if (!this.running) throw new Error(`${this.name} cannot be stopped: ${lastLine(this.life.program)}`);
    process.kill(this.life.program.pid, 'SIGSTOP');
  }

  /** Stops it where it is for good: what it would still do is not its doing any more. `end` follows. */
  freeze(): void {
    if (!this.running) return;
    this.halt();
    this.life.ended_ms = monotonicMs();
  }

  goOn(): void {
    if (this.running) process.kill(this.life.program.pid, 'SIGCONT');
  }

  /** @returns of each end that nobody asked for: what it was, and the last line of the log */
  get faults(): string[] {
    return this.lives
      .filter(({ program, expected }) => !program.running && !expected)
      .map(
        ({ program }) => `${this.name} ended by itself (exit code ${program.exitCode}): ${lastLine(program)}`,
      );
  }

  /** Writes what each life wrote into a directory. */
  writeLogs(directory: string): void {
    for (const [i, { program }] of this.lives.entries()) {
      writeFileSync(
        join(directory, `${this.name.replaceAll(' ', '-')}-${i + 1}.log`),
        program.stdout + program.stderr,
      );
    }
  }
}

const lastLine = ({ stderr }: Program): string => stderr.trimEnd().split('\n').at(-1) ?? '';

/** Asks until it holds. @param of the program that it is a matter of @throws Error that names what did not come */
export async function waitFor(
  what: string,
  of: Service,
  condition: () => Promise<boolean> | boolean,
  limit_s = 180,
): Promise<void> {
  const until_ms = monotonicMs() + limit_s * 1000;
  while (!(await condition())) {
    if (of.faults.length > 0) throw new Error(`${what}: ${of.faults.join('; ')}`);
    if (monotonicMs() > until_ms) throw new Error(`${what}: not within ${limit_s} s`);
    await sleep(100);
  }
}
