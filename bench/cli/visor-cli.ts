import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Readable } from 'node:stream';
import { BenchError, type Lab } from '../capture/lab.js';

const bin = join(import.meta.dirname, '../../..', 'apps/visor-cli/bin/run.cjs');

/** Tells at the end, on descriptor 3, what the process has used: as the kernel counts it, the peak too. */
const tellUsage = `data:text/javascript,import{writeSync}from'node:fs';process.on('exit',()=>writeSync(3,JSON.stringify(process.resourceUsage())))`;

/** What a process has used from its start to its end. */
export interface Usage {
  readonly seconds: number;
  readonly cpu_s: number;
  /** The most that was resident at a time. */
  readonly memory_mib: number;
}

/** The built program, as a person has it: with no config file, and the hub in the environment. */
export class VisorCli {
  readonly #env: Readonly<Record<string, string>>;

  constructor(
    private readonly lab: Lab,
    host: string,
  ) {
    this.#env = { VISOR_HOST: host, XDG_CONFIG_HOME: lab.directory, NO_COLOR: '1' };
  }

  /** Runs it to its end. @returns the lines that it printed @throws BenchError where it fails */
  async run(...args: readonly string[]): Promise<number> {
    const child = this.lab.launch([process.execPath, bin, ...args], {
      cwd: this.lab.directory,
      env: this.#env,
    });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout as Readable),
      text(child.stderr as Readable),
      once(child, 'close'),
    ]);
    if (child.exitCode !== 0) throw failure(args, child.exitCode, stderr);
    return stdout.split('\n').length - 1;
  }

  /** Runs it to its end with its output in a file. @param fd of the file @throws BenchError where it fails */
  async runInto(fd: number, ...args: readonly string[]): Promise<Usage> {
    const begun = performance.now();
    const child = this.lab.launch([process.execPath, '--import', tellUsage, bin, ...args], {
      cwd: this.lab.directory,
      env: this.#env,
      stdio: ['ignore', fd, 'pipe', 'pipe'],
    });
    const [stderr, told] = await Promise.all([
      text(child.stderr as Readable),
      text(child.stdio[3] as Readable),
      once(child, 'close'),
    ]);
    if (child.exitCode !== 0) throw failure(args, child.exitCode, stderr);
    const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(told) as NodeJS.ResourceUsage;
    return {
      seconds: (performance.now() - begun) / 1000,
      cpu_s: (userCPUTime + systemCPUTime) / 1e6,
      memory_mib: Math.round(maxRSS / 1024),
    };
  }
}

const failure = (args: readonly string[], code: number | null, stderr: string): BenchError =>
  new BenchError(`visor-cli ${args.join(' ')} ended with exit code ${code}: ${stderr.trim().slice(-500)}`);

/** USER_HZ, which /proc counts in. */
const TICKS_PER_SECOND = 100;

/** @returns CPU of all children of this process that have ended, ms (proc(5), cutime and cstime) */
export function childrenCpu_ms(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[13]) + Number(fields[14])) * 1000) / TICKS_PER_SECOND;
}
