import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { type Namespaces } from '../firewall.js';
import { BenchError, type Lab } from '../lab.js';

/** What a reader says of itself, since its start. */
export interface Counted {
  /** Trace events received; undefined = it does not tell of each, and the kernel's word must do */
  readonly events: number | undefined;
  /** What it made of them: rows, lines, messages; and their bytes */
  readonly rows: number;
  readonly bytes: number;
  /** Events that it received and did not deliver */
  readonly discarded: number;
}

/** A running program that receives trace events. */
export interface Reader {
  readonly pid: number;
  readonly running: boolean;
  /** @returns undefined when it has ended */
  counted(): Promise<Counted | undefined>;
  stop(): Promise<void>;
}

export interface ReaderContext {
  readonly lab: Lab;
  readonly namespaces: Namespaces;
  /** A process in the firewall's namespace */
  readonly insider: number;
  /** Where pkt-tracer's reader shall leave CPU profiles */
  readonly profileDirectory?: string;
}

/** A kind of reader, to be started as often as needed. */
export interface ReaderKind {
  readonly name: string;
  readonly label: string;
  /** Whether its socket leaves the events that tell the end of a chain in the kernel */
  readonly filtersEnds?: boolean;
  /** @throws BenchError when it cannot run here */
  start(context: ReaderContext): Promise<Reader>;
}

const STOP_MS = 5000;

/** A reader that prints `ready`, and at each SIGUSR2 what it has counted, as a line of JSON. */
export class CountingReader implements Reader {
  readonly #lines: Interface;

  private constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    lines: Interface,
  ) {
    this.#lines = lines;
  }

  /** Waits until it receives. @throws BenchError when it ends before */
  static async from(child: ChildProcess, label: string): Promise<CountingReader> {
    if (!child.stdout || child.pid === undefined) throw new BenchError(`${label} did not start`);
    const lines = createInterface(child.stdout);
    const first = await nextLine(lines);
    if (first !== 'ready') throw new BenchError(`${label} did not start${first ? `: ${first}` : ''}`);
    return new CountingReader(child, child.pid, lines);
  }

  get running(): boolean {
    return isRunning(this.child);
  }

  async counted(): Promise<Counted | undefined> {
    if (!this.running) return undefined;
    const answer = nextLine(this.#lines);
    this.child.kill('SIGUSR2');
    const line = await answer;
    return line === undefined ? undefined : (JSON.parse(line) as Counted);
  }

  stop(): Promise<void> {
    return stop(this.child);
  }
}

/** @returns undefined where the output ends instead */
function nextLine(lines: Interface): Promise<string | undefined> {
  return new Promise((resolve) => {
    const onLine = (line: string): void => done(line);
    const onClose = (): void => done(undefined);
    const done = (line: string | undefined): void => {
      lines.off('line', onLine).off('close', onClose);
      resolve(line);
    };
    lines.on('line', onLine).on('close', onClose);
  });
}

export function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Ends a process, by force where it does not obey. */
export async function stop(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const exit = once(child, 'exit');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill('SIGTERM');
  await exit;
  clearTimeout(force);
}
