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
  /** Whether its end is excused is not known yet, or it is, and the next life is to come. */
  open: boolean;
}

/** A program that is killed, stopped and started again. */
export class Service {
  readonly lives: Life[] = [];
  /** It shall not run. */
  #ended = false;

  /** @param excused what the last line says where an end is none of its fault: it is started again then */
  constructor(
    private readonly lab: Lab,
    private readonly options: ProgramOptions,
    private readonly excused?: RegExp,
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
    this.#ended = false;
    if (this.running) throw new Error(`${this.name} runs already`);
    const program = this.lab.start(this.options);
    const [started_ms, ended_ms] = [monotonicMs(), Infinity];
    const life = {
      program,
      started_ms,
      ended_ms,
      killed: false,
      expected: false,
      open: this.excused !== undefined,
    };
    this.lives.push(life);
    if (!this.excused) return;
    const judged = (): boolean => (life.open = false);
    // a lab that is being closed starts nothing
    void this.#supervise(life, this.excused).then(judged, judged);
  }

  /** As systemd does. */
  async #supervise(life: Life, excused: RegExp): Promise<void> {
    while (life.program.running) await sleep(500);
    // its last line may still be on its way
    await sleep(200);
    if (life.expected || !excused.test(lastLine(life.program))) return;
    life.expected = true;
    await sleep(1000);
    if (life === this.life && !this.#ended) this.start();
  }

  /** Ends it: SIGKILL as a crash does, SIGTERM gracefully. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { life } = this;
    this.#ended = true;
    if (!life.program.running) return;
    life.ended_ms = Math.min(life.ended_ms, monotonicMs());
    life.killed = signal === 'SIGKILL';
    life.expected = true;
    await life.program.kill(signal, 120_000);
  }

  /** Where it has just ended for an excused reason: waits until it is started again. */
  async untilBack(): Promise<void> {
    while (!this.running && this.life.open) await sleep(100);
  }

  /** Stops it where it is, until `goOn`. */
  halt(): void {
    if (!this.running) throw new Error(`${this.name} cannot be stopped: ${lastLine(this.life.program)}`);
    process.kill(this.life.program.pid, 'SIGSTOP');
  }

  /** Stops it for good: what it would still do is not its doing any more. `end` follows. */
  freeze(): void {
    this.#ended = true;
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
      .filter(({ program, expected, open }) => !program.running && !expected && !open)
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
