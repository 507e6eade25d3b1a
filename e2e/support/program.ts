import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How long something is waited for: seconds of work take far longer on a machine that has much to do. */
const PATIENCE_MS = 60_000;

export interface ProgramOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** With its lab it ends by force: it leaves nothing that it would have to remove, and its test is over. */
  readonly abrupt?: boolean;
}

/**
 * A running child process with all that it wrote. The kernel kills it when this process dies, however that happens
 * (`setpriv --pdeathsig`), so an interrupted test leaves no program behind.
 */
export class Program {
  readonly name: string;
  stdout = '';
  stderr = '';
  private lastOutput = Date.now();
  private readonly child: ChildProcess;
  private readonly watchers = new Set<() => void>();

  constructor(options: ProgramOptions) {
    this.name = options.name;
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...options.command], {
      env: { ...process.env, ...options.env },
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.collect('stdout');
    this.collect('stderr');
    this.child.on('error', (error) => this.append('stderr', `${error.message}\n`));
    this.child.on('close', () => this.notify());
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error(`${this.name} did not start: ${this.stderr}`);
    return pid;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get exitCode(): number | null {
    return this.child.exitCode;
  }

  /** How long it has written nothing. */
  get quietMs(): number {
    return Date.now() - this.lastOutput;
  }

  /** The complete lines of standard output so far. */
  get lines(): string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  /** Waits until `condition` holds; it is asked again at every output and every 50 ms. @throws when the program ends or the time is up */
  async until(
    what: string,
    condition: () => boolean | Promise<boolean>,
    timeoutMs = PATIENCE_MS,
  ): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await condition())) {
      if (!this.running) throw this.failure(`ended (code ${this.child.exitCode}) before ${what}`);
      if (Date.now() > deadline) throw this.failure(`did not come to ${what} within ${timeoutMs} ms`);
      await this.change(50);
    }
  }

  /** Waits until standard output has `count` lines. */
  untilLines(count: number, timeoutMs?: number): Promise<void> {
    return this.until(`${count} lines of output`, () => this.lines.length >= count, timeoutMs);
  }

  /** Waits until standard output or error matches. */
  untilOutput(pattern: RegExp, timeoutMs?: number): Promise<void> {
    return this.until(`output ${pattern}`, () => pattern.test(this.stdout + this.stderr), timeoutMs);
  }

  /** Waits for the end. @returns the exit code, null when a signal ended it */
  async ended(timeoutMs = PATIENCE_MS): Promise<number | null> {
    const deadline = Date.now() + timeoutMs;
    while (this.running) {
      if (Date.now() > deadline) throw this.failure(`did not end within ${timeoutMs} ms`);
      await this.change(50);
    }
    return this.child.exitCode;
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL', timeoutMs?: number): Promise<number | null> {
    if (this.running) this.child.kill(signal);
    return this.ended(timeoutMs);
  }

  /** Ends it gracefully, and by force where it does not obey. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const ended = this.kill('SIGTERM', 15_000);
    // one that a test has stopped hears nothing before
    this.child.kill('SIGCONT');
    await ended.catch(() => this.kill('SIGKILL'));
  }

  private failure(what: string): Error {
    const tail = `${this.stdout.slice(-2000)}${this.stderr.slice(-2000)}`;
    return new Error(`${this.name} ${what}; its output ends with:\n${tail}`);
  }

  private collect(stream: 'stdout' | 'stderr'): void {
    this.child[stream]?.setEncoding('utf8').on('data', (text: string) => this.append(stream, text));
  }

  private append(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text;
    this.lastOutput = Date.now();
    this.notify();
  }

  private notify(): void {
    for (const watcher of this.watchers) watcher();
  }

  private async change(timeoutMs: number): Promise<void> {
    const wake = new AbortController();
    const watcher = () => wake.abort();
    this.watchers.add(watcher);
    const timer = setTimeout(watcher, timeoutMs);
    await once(wake.signal, 'abort');
    clearTimeout(timer);
    this.watchers.delete(watcher);
  }
}
