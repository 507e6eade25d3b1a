// npm run bench:ui: what the terminal screen takes of a processor while packets come. The last line is JSON.
import { once } from 'node:events';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { constants, gzip as gzipCallback } from 'node:zlib';
import { BatchPublisher, subjects } from '#bus';
import { ColumnBatch } from '#columns';
import { BatchEncoder, schemaVersion } from '#wire';
import { cpuOf } from '../capture/cpu.js';
import { BenchError, Lab } from '../capture/lab.js';
import { Stack } from '../pipeline/stack.js';
import { Traffic } from '../pipeline/traffic.js';

const gzip = promisify(gzipCallback);
const bin = join(import.meta.dirname, '../../..', 'apps/visor-cli/bin/ui.cjs');

const usage = `npm run bench:ui -- [options]

  --rate N         packets a second (2000)
  --flows N        flows that they are of (500)
  --width N        of the terminal (250)
  --height N       of the terminal (70)
  --seconds N      how long it is measured (20)
  --panel NAME     the tab that is open (rates)
`;

interface Options {
  readonly rate: number;
  readonly flows: number;
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  readonly panel: string;
}

function parseOptions(): Options | undefined {
  const string = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      rate: { ...string, default: '2000' },
      flows: { ...string, default: '500' },
      width: { ...string, default: '250' },
      height: { ...string, default: '70' },
      seconds: { ...string, default: '20' },
      panel: { ...string, default: 'rates' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const number = (name: 'rate' | 'flows' | 'width' | 'height' | 'seconds'): number => {
    const value = Number(values[name]);
    if (Number.isSafeInteger(value) && value > 0) return value;
    throw new BenchError(`--${name}: "${values[name]}" is not a whole number above 0`);
  };
  const [rate, flows, seconds] = [number('rate'), number('flows'), number('seconds')];
  return { rate, flows, seconds, width: number('width'), height: number('height'), panel: values.panel };
}

const BATCHES_PER_S = 10;
/** Rows of a packet, about: its hops. */
const HOPS = 4.5;

/** Publishes packets as one agent would, ten batches a second. */
class Publisher {
  packets = 0;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(stack: Stack, { rate, flows }: Options) {
    this.#running = this.#run(stack, rate / BATCHES_PER_S, flows);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(stack: Stack, perBatch: number, flows: number): Promise<void> {
    const quiet = (): void => undefined;
    const log = { debug: quiet, log: quiet, warn: quiet, error: console.error };
    const publisher = new BatchPublisher({ bus: stack.bus, log, onDropped: quiet });
    const encoder = new BatchEncoder();
    const batch = new ColumnBatch(Math.ceil(perBatch * HOPS) + 6);
    const rate = perBatch * BATCHES_PER_S * HOPS;
    const traffic = new Traffic({ agent: 'bench', seed: 1, flows, rate, from_us: Date.now() * 1000 });
    const begun = performance.now();
    for (let next = begun; !this.#stop.signal.aborted;) {
      const batchId = traffic.fill(batch);
      const packets = batch.data.decisive.subarray(0, batch.rows).reduce((sum, one) => sum + one, 0);
      const bytes = await gzip(encoder.encode(batch), { level: constants.Z_BEST_SPEED });
      const subject = subjects.traces('bench');
      void publisher.publish({ subject, bytes, rows: batch.rows, batchId, schema: schemaVersion });
      this.packets += packets;
      // A batch has a few packets more or fewer than it should: the next waits longer or shorter.
      next += (packets / perBatch) * (1000 / BATCHES_PER_S);
      await sleep(Math.max(0, next - performance.now()));
    }
  }
}

/** The screen in a terminal of tmux. */
class Screen {
  constructor(
    private readonly lab: Lab,
    private readonly socket: string,
  ) {}

  async open(url: string, { width, height, panel }: Options): Promise<void> {
    const command = `exec '${process.execPath}' '${bin}' --host '${url}' --panel '${panel}'`;
    await this.#tmux('new-session', '-d', '-x', String(width), '-y', String(height), command);
  }

  async pid(): Promise<number> {
    return Number(await this.#tmux('display-message', '-p', '#{pane_pid}'));
  }

  async lines(): Promise<string[]> {
    return (await this.#tmux('capture-pane', '-p')).split('\n');
  }

  async close(): Promise<void> {
    await this.#tmux('kill-server');
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const child = this.lab.launch(['tmux', '-S', this.socket, '-f', '/dev/null', ...args], {
      env: { XDG_CONFIG_HOME: this.lab.directory },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [out] = await Promise.all([text(child.stdout as Readable), once(child, 'close')]);
    if (child.exitCode === 0) return out;
    throw new BenchError(`tmux ${args[0]} ended with exit code ${child.exitCode}`);
  }
}

const cpu_s = (pid: number): number => {
  const { user, system } = cpuOf(pid).process;
  return user + system;
};

async function bench(options: Options): Promise<object> {
  const lab = new Lab('ui');
  const stack = await Stack.start(lab, 'ui');
  const { part: hub, url } = await stack.hub();
  const publisher = new Publisher(stack, options);
  const screen = new Screen(lab, join(lab.directory, 'tmux'));
  await screen.open(url, options);
  const pid = await screen.pid();
  console.error('  compiling what runs often');
  await sleep(10_000);
  console.error(`  measuring for ${options.seconds} s`);
  const [begun, before, packets] = [performance.now(), cpu_s(pid), publisher.packets];
  await sleep(options.seconds * 1000);
  const took_s = (performance.now() - begun) / 1000;
  const [used_s, came] = [cpu_s(pid) - before, publisher.packets - packets];
  const [, numbers = ''] = await screen.lines();
  await screen.close();
  await publisher.stop();
  await hub.stop();
  await stack.close();
  return {
    ...options,
    packets_per_s: Math.round(came / took_s),
    cpu_percent: Number(((used_s / took_s) * 100).toFixed(1)),
    aim_percent: 15,
    shows: numbers.trim(),
  };
}

async function main(): Promise<void> {
  const options = parseOptions();
  if (!options) return console.log(usage);
  const machine = {
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    processors: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.versions.node,
  };
  console.log(JSON.stringify({ machine, ...(await bench(options)) }));
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof BenchError ? error.message : error);
    process.exit(1);
  },
);
