// npm run bench:live: what clients of the live stream cost the hub. The last line is JSON.
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError, Lab } from '../capture/lab.js';
import { machineNow } from '../machine.js';
import { type CommonOptions, readOptions } from '../options.js';
import { type Part, Stack } from '../pipeline/stack.js';
import { TrafficPublisher } from '../pipeline/traffic-publisher.js';
import { runBench, tell } from '../run.js';

const usage = `npm run bench:live -- [options]

  --clients N      clients of the stream (200)
  --rate N         rows a second of all agents (5000)
  --agents N       agents, each with 10 batches a second (20)
  --seconds N      length of each part (15)
  --hub DIR        another build of the repository, whose hub is measured
  --short          little of all: whether it works, not how fast it is
`;

interface Options extends CommonOptions {
  readonly clients: number;
  readonly rate: number;
  readonly agents: number;
  readonly seconds: number;
  readonly hub: string;
}

function parseOptions(args: string[]): Options {
  const read = readOptions(args, usage, {
    texts: ['hub'],
    counts: {
      clients: { long: 200, short: 20 },
      rate: { long: 5000, short: 1000 },
      agents: { long: 20, short: 5 },
      seconds: { long: 15, short: 3 },
    },
  });
  return { ...read, hub: read.hub ?? join(import.meta.dirname, '../../..') };
}

/** Twentieths of the clients: one wants all packets, three the drops, six those of one agent, ten those of one port. */
function questionOf(client: number, agents: number): string {
  const kind = client % 20;
  if (kind === 0) return '';
  if (kind <= 3) return 'fate=dropped';
  return kind <= 9 ? `agent-id=bench${client % agents}` : `dport=${client}`;
}

/** Reads and counts, as fast as it comes. */
class Reader {
  bytes = 0;
  private constructor(private readonly response: IncomingMessage) {
    response.on('data', (chunk: Buffer) => (this.bytes += chunk.length));
    response.on('error', () => undefined);
  }

  static async open(url: string, question: string): Promise<Reader> {
    const request = get(`${url}/api/v1/stream?${question}`, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new BenchError(`the hub answers ${response.statusCode}`);
    return new Reader(response);
  }

  close(): void {
    this.response.destroy();
  }
}

class Publishers {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[];
  rows = 0;

  constructor(
    private readonly stack: Stack,
    { agents, rate }: Options,
  ) {
    const perBatch = Math.max(6, Math.round(rate / agents / 10));
    this.#running = Array.from({ length: agents }, (_, n) => this.#run(`bench${n}`, n, perBatch));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #run(agent: string, seed: number, perBatch: number): Promise<void> {
    const traffic = { agent, seed: seed + 1, flows: 500, rate: perBatch * 10 };
    const publisher = new TrafficPublisher(this.stack.bus, perBatch, traffic);
    for (let next = performance.now() + seed * 5; !this.#stop.signal.aborted; next += 100) {
      await sleep(Math.max(0, next - performance.now()));
      this.rows += (await publisher.publish()).rows;
    }
  }
}

interface Cost {
  /** Of one processor. */
  readonly cpu: number;
  /** The same for each row that is published: it holds where the machine is too busy for the rate. */
  readonly cpu_us_per_row: number;
  readonly rows_per_s: number;
  readonly memory_mib: number;
}

/** @returns what the hub takes over some seconds */
async function measure(hub: Part, publishers: Publishers, seconds: number): Promise<Cost> {
  await sleep(3000);
  const [began, cpu, rows] = [performance.now(), hub.cpu_s, publishers.rows];
  await sleep(seconds * 1000);
  const took_s = (performance.now() - began) / 1000;
  const [used_s, made] = [hub.cpu_s - cpu, publishers.rows - rows];
  return {
    cpu: Number((used_s / took_s).toFixed(3)),
    cpu_us_per_row: Number(((used_s * 1e6) / made).toFixed(1)),
    rows_per_s: Math.round(made / took_s),
    memory_mib: hub.memory_mib,
  };
}

async function lostRows(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(/^visor_hub_live_lost_rows_total\S* (\d+)/gm)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
}

async function bench(options: Options): Promise<object> {
  const lab = new Lab('live');
  const stack = await Stack.start(lab, 'live');
  const { part: hub, url } = await stack.hub(undefined, {}, join(options.hub, 'dist'));
  const publishers = new Publishers(stack, options);
  tell(`${options.rate} rows/s, no client`);
  const alone = await measure(hub, publishers, options.seconds);
  tell(`${options.clients} clients`);
  const readers = await Promise.all(
    Array.from({ length: options.clients }, (_, n) => Reader.open(url, questionOf(n, options.agents))),
  );
  const sent = (): number => readers.reduce((sum, { bytes }) => sum + bytes, 0);
  const [before, began] = [sent(), performance.now()];
  const followed = await measure(hub, publishers, options.seconds);
  const seconds = (performance.now() - began) / 1000;
  const result = {
    clients: options.clients,
    sent_mib_per_s: Number(((sent() - before) / seconds / 2 ** 20).toFixed(1)),
    lost_rows: await lostRows(url),
    hub: { alone, followed },
  };
  for (const reader of readers) reader.close();
  await publishers.stop();
  await hub.stop();
  await stack.close();
  return result;
}

runBench({
  usage,
  parse: parseOptions,
  measure: async (options) => ({ machine: machineNow(), ...(await bench(options)) }),
});
