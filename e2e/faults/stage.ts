import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KnownTraffic } from '../support/known-packets.js';
import { type Lab } from '../support/lab.js';
import { Disk } from '../support/mounts.js';
import { type Environment, programCommand } from '../support/programs.js';
import { askSocket, startRelay } from '../support/relay.js';
import { projectRoot } from '../support/root.js';
import { AgentService } from './agent-service.js';
import { addresses, dports, Network } from './network.js';
import { Service, waitFor } from './service.js';

const NATS_PORT = 4222;
const NATS_MONITOR_PORT = 8222;
const AGENT_PORT = 5000;
const HUB_PORT = 9650;

/** MiB; small enough to be filled within a moment. */
const NATS_DISK = 256;
const SPOOL_DISK = 64;

/** Where the programs keep what is to outlive them. */
export interface Places {
  readonly nats: Disk;
  readonly spool: Disk;
  /** The embedded ClickHouse. */
  readonly clickhouse: string;
}

/** @returns disks of memory, ClickHouse in a directory */
export async function placesInMemory(lab: Lab, directory: string): Promise<Places> {
  return {
    nats: await Disk.inMemory(lab, join(directory, 'nats'), NATS_DISK),
    spool: await Disk.inMemory(lab, join(directory, 'spool'), SPOOL_DISK),
    clickhouse: join(directory, 'clickhouse'),
  };
}

/** Through which the programs are reached and set, whatever namespace they are in. */
interface Files {
  readonly sockets: { readonly agent: string; readonly hub: string; readonly nats: string };
  readonly clocks: { readonly agent: string; readonly hub: string };
  readonly delayFile: string;
}

/** Everything that faults are done to. */
export class Stage {
  private constructor(
    readonly directory: string,
    readonly places: Places,
    readonly network: Network,
    readonly agent: AgentService,
    readonly hub: Service,
    readonly nats: Service,
    private readonly files: Files,
  ) {}

  /** Builds it; nothing but the relays runs yet. */
  static async build(
    lab: Lab,
    directory: string,
    places: Places,
    agentEnv: Environment = {},
  ): Promise<Stage> {
    const network = await Network.build(lab);
    const file = (name: string): string => join(directory, name);
    const sockets = { agent: file('agent.sock'), hub: file('hub.sock'), nats: file('nats.sock') };
    const clocks = { agent: file('agent.clock'), hub: file('hub.clock') };
    const delayFile = file('delay');
    for (const path of [...Object.values(clocks), delayFile]) writeFileSync(path, '0');
    await startRelays(lab, network, sockets, delayFile);
    const agent = new AgentService(lab, agentOptions(network, places, clocks.agent, agentEnv), sockets.agent);
    const hub = new Service(lab, 'trace-hub', hubOptions(network, places, clocks.hub));
    const nats = new Service(lab, 'nats-server', natsOptions(network, places, file('nats.conf')));
    return new Stage(directory, places, network, agent, hub, nats, { sockets, clocks, delayFile });
  }

  /** Starts all programs, and waits until packets are traced and rows are stored. */
  async start(): Promise<void> {
    this.nats.start();
    await waitFor('nats-server answers', this.nats, () => this.natsReady());
    this.hub.start();
    this.agent.service.start();
    await waitFor('trace-hub is ready', this.hub, () => this.hubReady());
    await waitFor('pkt-tracer captures', this.agent.service, () => this.agent.health?.capturing === true);
  }

  get traffic(): Omit<KnownTraffic, 'rate'> {
    return { from: addresses.sender, to: addresses.traced, dports };
  }

  /** Sets a program's time of day, in ms beyond the machine's. */
  stepClock(of: 'agent' | 'hub', offset_ms: number): void {
    writeFileSync(this.files.clocks[of], String(offset_ms));
  }

  /** Delays what passes between agent and NATS. */
  delay(ms: number): void {
    writeFileSync(this.files.delayFile, String(ms));
  }

  /** Loses all that NATS stored, while it is down. */
  loseStream(): void {
    rmSync(join(this.places.nats.path, 'data'), { recursive: true, force: true });
  }

  async hubReady(): Promise<boolean> {
    return (await askSocket(this.files.sockets.hub, '/readyz')) !== undefined;
  }

  async natsReady(): Promise<boolean> {
    const text = await askSocket(this.files.sockets.nats, '/jsz');
    return text !== undefined && (JSON.parse(text) as { disabled?: boolean }).disabled !== true;
  }

  /** @returns how many messages of traces wait for the hub or for its ack; undefined where NATS does not say */
  async backlog(): Promise<number | undefined> {
    const text = await askSocket(this.files.sockets.nats, '/jsz?consumers=true');
    if (text === undefined) return undefined;
    const state = JSON.parse(text) as Jsz;
    const streams = state.account_details?.flatMap(({ stream_detail = [] }) => stream_detail) ?? [];
    const consumers = streams
      .filter(({ name }) => name === 'VISOR_TRACES')
      .flatMap(({ consumer_detail = [] }) => consumer_detail);
    if (consumers.length === 0) return undefined;
    return consumers.reduce((sum, of) => sum + of.num_pending + of.num_ack_pending, 0);
  }

  /** @returns whether no closed minute waits for its rollup */
  async rollupDone(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** @returns of each program that ended without being told to: why */
  get casualties(): string[] {
    return [this.agent.service, this.hub, this.nats].flatMap((service) => service.faults);
  }

  writeLogs(directory: string): void {
    mkdirSync(directory, { recursive: true });
    for (const service of [this.agent.service, this.hub, this.nats]) service.writeLogs(directory);
  }

  /** Ends what still runs, by force: for whoever gives up. */
  async abandon(): Promise<void> {
    for (const service of [this.agent.service, this.hub, this.nats]) {
      if (service.running) await service.end('SIGKILL');
    }
  }
}

/** The server's answer at /jsz?consumers=true. */
interface Jsz {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly consumer_detail?: readonly {
        readonly num_pending: number;
        readonly num_ack_pending: number;
      }[];
    }[];
  }[];
}

const loopback = (port: number) => ({ host: '127.0.0.1', port });

async function startRelays(
  lab: Lab,
  { agent, hub, nats }: Network,
  sockets: { agent: string; hub: string; nats: string },
  delayFile: string,
): Promise<void> {
  const toNats = { host: addresses.natsForAgent, port: NATS_PORT };
  const forwards = [
    { listen: loopback(NATS_PORT), to: toNats, slow: true },
    { listen: { path: sockets.agent }, to: loopback(AGENT_PORT) },
  ];
  await startRelay(lab, agent, forwards, delayFile);
  await startRelay(lab, hub, [{ listen: { path: sockets.hub }, to: loopback(HUB_PORT) }]);
  await startRelay(lab, nats, [{ listen: { path: sockets.nats }, to: loopback(NATS_MONITOR_PORT) }]);
}

/** @returns the environment of a program whose time of day a file sets */
const withClock = (file: string) => ({
  NODE_OPTIONS: `--import=${join(projectRoot, 'e2e/support/preload/clock.mjs')}`,
  VISOR_TEST_CLOCK_FILE: file,
});

function agentOptions({ agent }: Network, { spool }: Places, clock: string, env: Environment) {
  return {
    name: 'pkt-tracer',
    command: agent.command(...programCommand('pkt-tracer')),
    env: {
      ...withClock(clock),
      PT_NATS_URL: `nats://127.0.0.1:${NATS_PORT}`,
      PT_TELEMETRY_USERAGENT: 'known',
      PT_TELEMETRY_ENDPOINT: `http://127.0.0.1:${AGENT_PORT}`,
      PT_SPOOL_DIR: join(spool.path, 'batches'),
      ...env,
    },
  };
}

function hubOptions({ hub }: Network, { clickhouse }: Places, clock: string) {
  return {
    name: 'trace-hub',
    command: hub.command(...programCommand('trace-hub')),
    env: {
      ...withClock(clock),
      TH_NATS_URL: `nats://${addresses.natsForHub}:${NATS_PORT}`,
      TH_SERVER_ENDPOINT: `http://127.0.0.1:${HUB_PORT}`,
      TH_STORAGE_CLICKHOUSE_URL: `embedded:${clickhouse}`,
    },
  };
}

function natsOptions({ nats }: Network, places: Places, config: string) {
  writeFileSync(
    config,
    `listen: "0.0.0.0:${NATS_PORT}"
http: "127.0.0.1:${NATS_MONITOR_PORT}"
jetstream { store_dir: "${places.nats.path}/data", max_file_store: 2GB }
`,
  );
  return { name: 'nats-server', command: nats.command('nats-server', '-c', config) };
}
