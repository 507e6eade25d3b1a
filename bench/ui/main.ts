// npm run bench:ui: what the terminal screen takes of a processor while packets come. The last line is JSON.
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf } from '../capture/cpu.js';
import { BenchError, Lab } from '../capture/lab.js';
import { machineNow } from '../machine.js';
import { type CommonOptions, readOptions } from '../options.js';
import { Stack } from '../pipeline/stack.js';
import { TrafficPublisher } from '../pipeline/traffic-publisher.js';
import { runBench, tell } from '../run.js';

const bin = join(import.meta.dirname, '../../..', 'apps/visor-cli/bin/ui.cjs');

const usage = `npm run bench:ui -- [options]

  --rate N         packets a second (2000)
  --flows N        flows that they are of (500)
  --width N        of the terminal (250)
  --height N       of the terminal (70)
  --seconds N      how long it is measured (20)
  --panel NAME     the tab that is open (rates)
  --short          little of all: whether it works, not how much it takes
`;

interface Options extends CommonOptions {
  readonly rate: number;
  readonly flows: number;
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  readonly panel: string;
}

function parseOptions(args: string[]): Options {
  const read = readOptions(args, usage, {
    texts: ['panel'],
    counts: {
      rate: { long: 2000, short: 500 },
      flows: { long: 500 },
      width: { long: 250 },
      height: { long: 70 },
      seconds: { long: 20, short: 3 },
    },
  });
  return { ...read, panel: read.panel ?? 'rates' };
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
    const traffic = { agent: 'bench', seed: 1, flows, rate: perBatch * BATCHES_PER_S * HOPS };
    const publisher = new TrafficPublisher(stack.bus, Math.ceil(perBatch * HOPS), traffic);
    const begun = performance.now();
    for (let next = begun; !this.#stop.signal.aborted;) {
      const batch = await publisher.publish();
      const packets = batch.data.decisive.subarray(0, batch.rows).reduce((sum, one) => sum + one, 0);
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
  tell('compiling what runs often');
  await sleep(10_000);
  tell(`measuring for ${options.seconds} s`);
  const [begun, before, packets] = [performance.now(), cpu_s(pid), publisher.packets];
  await sleep(options.seconds * 1000);
  const took_s = (performance.now() - begun) / 1000;
  const [used_s, came] = [cpu_s(pid) - before, publisher.packets - packets];
  const [, numbers = ''] = await screen.lines();
  await screen.close();
  await publisher.stop();
  await hub.stop();
  await stack.close();
  const { rate, flows, width, height, seconds, panel } = options;
  return {
    rate,
    flows,
    width,
    height,
    seconds,
    panel,
    packets_per_s: Math.round(came / took_s),
    cpu_percent: Number(((used_s / took_s) * 100).toFixed(1)),
    aim_percent: 15,
    shows: numbers.trim(),
  };
}

runBench({
  usage,
  parse: parseOptions,
  measure: async (options) => ({ machine: machineNow(), ...(await bench(options)) }),
});
