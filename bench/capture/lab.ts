import { type ChildProcess, spawn, spawnSync, type StdioOptions } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the user must put right; its message says how. */
export class BenchError extends Error {
  override name = 'BenchError';
}

export interface LaunchOptions {
  /** A namespace of the lab's; absent: this process's own */
  readonly namespace?: string;
  /** The processor to run on; absent: any */
  readonly cpu?: number;
  readonly stdio?: StdioOptions;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Everything that a run makes outside of itself: namespaces, processes, a directory. All of it goes when this process
 * exits, however it does; where it is killed, its processes die with it and the next run removes its namespaces, whose
 * names bear its pid.
 */
export class Lab {
  readonly directory: string;
  readonly #namespaces: string[] = [];
  readonly #children = new Set<ChildProcess>();

  /** @param label tells its namespaces from those of another lab of this process */
  constructor(private readonly label = '') {
    sweep();
    this.directory = mkdtempSync(join(tmpdir(), `visor-bench-${process.pid}-`));
    process.once('exit', () => this.#remove());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => process.exit(130));
    }
  }

  /** Makes a network namespace with loopback up. @returns its name */
  namespace(label: string): string {
    const name = ['visor-bench', process.pid, this.label, label].filter(Boolean).join('-');
    this.#namespaces.push(name);
    run(['ip', 'netns', 'add', name]);
    run(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
    return name;
  }

  /** Starts a process that ends with this one at the latest. */
  launch(command: readonly string[], { namespace, cpu, stdio, cwd, env }: LaunchOptions): ChildProcess {
    const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
    const pinned = cpu !== undefined && availableParallelism() > 1 ? ['taskset', '-c', String(cpu)] : [];
    const args = ['--pdeathsig', 'KILL', '--', ...inside, ...pinned, ...command];
    const child = spawn('setpriv', args, {
      stdio: stdio ?? ['ignore', 'pipe', 'pipe'],
      cwd,
      env: { ...process.env, ...env },
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  #remove(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const name of this.#namespaces) spawnSync('ip', ['netns', 'delete', name]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Runs a command that must succeed. @returns its standard output @throws BenchError */
export function run(command: readonly string[], options: { input?: string; cwd?: string } = {}): string {
  const [file = '', ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', ...options });
  if (status === 0) return stdout;
  throw new BenchError(
    `${command.join(' ')} failed: ${error?.message ?? (stderr.trim().slice(-500) || `exit code ${status}`)}`,
  );
}

/** Removes the namespaces of runs whose process is gone. */
function sweep(): void {
  const names = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  for (const name of names) {
    const pid = /^visor-bench-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) spawnSync('ip', ['netns', 'delete', name]);
  }
}
