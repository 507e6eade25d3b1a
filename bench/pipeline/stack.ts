import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { connectBus, ensureStreams, hubConsumer, tracesStream, type Bus } from '#bus';
import { cpuByThread, cpuOf } from '../capture/cpu.js';
import { BenchError, type Lab } from '../capture/lab.js';

const programs = join(import.meta.dirname, '../..');
const READY_MS = 60_000;

/** One of the programs under measurement, seen from outside. */
export class Part {
  #log = '';

  constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: Buffer) => (this.#log = (this.#log + text.toString()).slice(-4000)));
    }
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new BenchError(`${this.name} did not start`);
    return this.child.pid;
  }

  /** CPU seconds so far. */
  get cpu_s(): number {
    const { user, system } = cpuOf(this.pid).process;
    return user + system;
  }

  /** CPU seconds so far of the threads of that name. */
  cpuOfThreads_s(name: string): number {
    return cpuByThread(this.pid).get(name) ?? 0;
  }

  /** CPU seconds so far without the thread that receives in the firewall's namespace. */
  get cpuButCapture_s(): number {
    const { process, capture } = cpuOf(this.pid);
    return process.user + process.system - (capture ? capture.user + capture.system : 0);
  }

  /** Resident memory in MiB. */
  get memory_mib(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'latin1');
    return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
  }

  async until(url: string): Promise<void> {
    const deadline = Date.now() + READY_MS;
    while (!(await answers(url))) {
      if (this.child.exitCode !== null || Date.now() > deadline) {
        throw new BenchError(`${this.name} did not get ready; its output ends with:\n${this.#log}`);
      }
      await sleep(50);
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A real nats-server, and real programs on it. */
export class Stack {
  private constructor(
    private readonly lab: Lab,
    private readonly directory: string,
    readonly nats: Part,
    readonly natsUrl: string,
    private readonly connection: NatsConnection,
    readonly bus: Bus,
  ) {}

  static async start(lab: Lab, label: string): Promise<Stack> {
    const directory = join(lab.directory, label);
    mkdirSync(directory);
    const port = await freePort();
    const config = join(directory, 'nats.conf');
    writeFileSync(
      config,
      `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${directory}/nats", max_file_store: 8GB }\n`,
    );
    const nats = new Part('nats-server', lab.launch(['nats-server', '-c', config], {}));
    const natsUrl = `nats://127.0.0.1:${port}`;
    // It says so as long as the server starts, which is expected here.
    const quiet = (): void => undefined;
    const log = { debug: quiet, log: quiet, warn: quiet, error: console.error };
    const bus = await connectBus({ url: natsUrl, name: 'bench', log, retryMs: 50 });
    await ensureStreams(bus, log);
    return new Stack(lab, directory, nats, natsUrl, await connect({ servers: `127.0.0.1:${port}` }), bus);
  }

  get data(): string {
    return join(this.directory, 'clickhouse');
  }

  /** @param data where its database is @param build the compiled repository whose hub it is */
  async hub(
    data = this.data,
    more: Readonly<Record<string, string>> = {},
    build = programs,
  ): Promise<{ part: Part; url: string }> {
    const url = `http://127.0.0.1:${await freePort()}`;
    const env = {
      TH_NATS_URL: this.natsUrl,
      TH_SERVER_ENDPOINT: url,
      TH_STORAGE_CLICKHOUSE_URL: `embedded:${data}`,
      TH_LOGGER_LEVEL: 'warn',
      ...more,
    };
    const command = [process.execPath, join(build, 'trace-hub/main.js')];
    const part = new Part('trace-hub', this.lab.launch(command, { env }));
    await part.until(`${url}/readyz`);
    return { part, url };
  }

  async agent(netns: string): Promise<Part> {
    const url = `http://127.0.0.1:${await freePort()}`;
    const env = {
      PT_NATS_URL: this.natsUrl,
      PT_TELEMETRY_ENDPOINT: url,
      PT_TELEMETRY_USERAGENT: 'bench',
      PT_CAPTURE_NETNS: netns,
      PT_LOGGER_LEVEL: 'warn',
    };
    const command = [process.execPath, join(programs, 'pkt-tracer/main.js')];
    const part = new Part('pkt-tracer', this.lab.launch(command, { env }));
    await part.until(`${url}/readyz`);
    return part;
  }

  /** What the stream holds, and how many of its messages the hub has not settled. */
  async stream(): Promise<{ messages: number; bytes: number; unsettled: number }> {
    const manager = await jetstreamManager(this.connection, { checkAPI: false });
    const { state } = await manager.streams.info(tracesStream);
    const settled = await manager.consumers.info(tracesStream, hubConsumer).then(
      ({ ack_floor }) => ack_floor.stream_seq,
      () => state.first_seq - 1,
    );
    return { messages: state.messages, bytes: state.bytes, unsettled: Math.max(0, state.last_seq - settled) };
  }

  /** How many batches NATS has delivered, one that came twice counted twice. */
  async deliveries(): Promise<number> {
    const { delivered } = await this.bus.manager.consumers.info(tracesStream, hubConsumer);
    return delivered.consumer_seq;
  }

  async close(): Promise<void> {
    await this.bus.close();
    await this.connection.close();
    await this.nats.stop();
  }
}
