import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FIREWALL_ADDRESS, type Namespaces, PORTS } from './firewall.js';
import { BenchError, type Lab, run } from './lab.js';

/** The sender makes all packets, and with them all events, on one processor; whoever reads them has the other. */
export const SENDER_CPU = 0;
export const READER_CPU = 1;

/** The C sources stand beside this file's source; the build copies none of them. */
const sources = join(import.meta.dirname, '../../../bench/capture');

export interface Sent {
  readonly packets: number;
  readonly seconds: number;
}

/** Compiles a C source into the lab's directory. @returns the program's path @throws BenchError without a compiler */
export function compile(lab: Lab, name: string): string {
  if (spawnSync('gcc', ['--version']).error) {
    throw new BenchError('gcc is not installed; `apt-get install gcc libc6-dev` brings it');
  }
  const program = join(lab.directory, name);
  const { status, stderr } = spawnSync('gcc', ['-O2', '-Wall', '-o', program, join(sources, `${name}.c`)], {
    encoding: 'utf8',
  });
  if (status === 0) return program;
  const headers = /fatal error|cannot find crt1/.test(stderr);
  throw new BenchError(
    `gcc cannot compile ${name}.c${headers ? '; `apt-get install libc6-dev` may help' : ''}: ${stderr.trim()}`,
  );
}

/** Sends UDP datagrams from the client to the firewall. */
export class Sender {
  readonly #program: string;

  constructor(
    private readonly lab: Lab,
    private readonly namespaces: Namespaces,
  ) {
    this.#program = compile(lab, 'sender');
  }

  /** @param rate packets a second; 0 = as many as it can @returns what it sent, when it is done */
  async send(rate: number, seconds: number): Promise<Sent> {
    const command = [this.#program, FIREWALL_ADDRESS, String(rate), String(seconds)];
    const child = this.lab.launch(command, { namespace: this.namespaces.client, cpu: SENDER_CPU });
    let output = '';
    let errors = '';
    child.stdout?.on('data', (text: Buffer) => (output += text.toString()));
    child.stderr?.on('data', (text: Buffer) => (errors += text.toString()));
    await once(child, 'close');
    const [packets, ns] = output.split(' ').map(Number);
    if (!packets || !ns) throw new BenchError(`the sender sent nothing: ${errors.trim()}`);
    return { packets, seconds: ns / 1e9 };
  }
}

/** Opens the firewall's ports. @returns a process in its namespace, that lives as long as the lab */
export async function startSink(lab: Lab, { firewall }: Namespaces): Promise<number> {
  const command = [compile(lab, 'sink'), ...PORTS.map(String)];
  const child = lab.launch(command, {
    namespace: firewall,
    cpu: SENDER_CPU,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout || !child.pid) throw new BenchError('the sink did not start');
  for await (const line of createInterface(child.stdout)) if (line === 'ready') return child.pid;
  throw new BenchError('the sink ended at once');
}

/** @throws BenchError that names what is not installed, or that root is needed */
export function checkRequirements(): void {
  if (process.getuid?.() !== 0) {
    throw new BenchError('the benchmark makes network namespaces and needs root: sudo npm run bench:capture');
  }
  const packages = { ip: 'iproute2', nft: 'nftables', setpriv: 'util-linux', taskset: 'util-linux' };
  const missing = Object.entries(packages).filter(([program]) => spawnSync('which', [program]).status !== 0);
  if (missing.length === 0) return;
  const names = missing.map(([program]) => program).join(', ');
  const install = [...new Set(missing.map(([, name]) => name))].join(' ');
  throw new BenchError(`not installed: ${names}; \`apt-get install ${install}\` brings them`);
}

/** @returns the version that `nft --version` tells */
export function nftVersion(): string {
  return run(['nft', '--version']).split(' ')[1] ?? '';
}
