import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hubConsumer } from '#bus';
import { type KnownTraffic } from '../support/known-packets.js';
import { type Lab } from '../support/lab.js';
import { type Environment } from '../support/programs.js';
import { askSocket } from '../support/relay.js';
import { AgentService } from './agent-service.js';
import { addresses, dports, Network } from './network.js';
import { type Files, makeFiles, type Places } from './places.js';
import { agentOptions, clickhouseOf, hubOptions, natsOptions, startRelays } from './programs.js';
import { Service, waitFor } from './service.js';

export interface StageOptions {
  readonly directory: string;
  readonly places: Places;
  /** `embedded`: in the hub, of which there is one then; `http`: a program of its own. */
  readonly storage?: 'embedded' | 'http';
  readonly hubs?: number;
  readonly agentEnv?: Environment;
}

/** Everything that faults are done to. */
export class Stage {
  private constructor(
    readonly places: Places,
    readonly network: Network,
    readonly agent: AgentService,
    readonly hubs: readonly Service[],
    readonly nats: Service,
    /** Where it is a program of its own. */
    readonly clickhouse: Service | undefined,
    private readonly files: Files,
  ) {}

  /** Builds it; nothing but the relays runs yet. */
  static async build(lab: Lab, options: StageOptions): Promise<Stage> {
    const { directory, places, storage = 'embedded', agentEnv = {} } = options;
    const count = storage === 'embedded' ? 1 : (options.hubs ?? 1);
    const network = await Network.build(lab);
    const files = makeFiles(directory, count);
    await startRelays(lab, network, files);
    const { url, front } = clickhouseOf(network, places, storage);
    const agent = new AgentService(
      lab,
      agentOptions(network, places, files, agentEnv),
      files.sockets.agent,
      () => network.dropped(),
    );
    const hubs = files.sockets.hubs.map((_, i) => new Service(lab, hubOptions(network, url, files, i)));
    const nats = new Service(lab, natsOptions(network, places, join(directory, 'nats.conf')));
    const clickhouse = front && new Service(lab, front);
    return new Stage(places, network, agent, hubs, nats, clickhouse, files);
  }

  /** Everything that runs. */
  get services(): Service[] {
    return [this.agent.service, ...this.hubs, this.nats, ...(this.clickhouse ? [this.clickhouse] : [])];
  }

  /** Starts all programs, and waits until packets are traced and rows are stored. */
  async start(): Promise<void> {
    this.nats.start();
    this.clickhouse?.start();
    await this.untilReady('nats');
    await this.untilReady('clickhouse');
    for (const hub of this.hubs) hub.start();
    this.agent.service.start();
    await this.untilReady('hubs');
    await waitFor('pkt-tracer captures', this.agent.service, () => this.agent.health?.capturing === true);
  }

  /** Waits until everybody works. */
  async untilReady(who: 'nats' | 'clickhouse' | 'hubs'): Promise<void> {
    const { nats, clickhouse, hubs } = this;
    if (who === 'nats') await waitFor('nats-server answers', nats, () => this.natsReady());
    if (who === 'clickhouse' && clickhouse) {
      const { program } = clickhouse.life;
      await waitFor('ClickHouse answers', clickhouse, () => program.stdout.includes('listening'));
    }
    if (who !== 'hubs') return;
    for (const [i, path] of this.files.sockets.hubs.entries()) {
      const hub = hubs[i] as Service;
      await waitFor(
        `${hub.name} is ready`,
        hub,
        async () => (await askSocket(path, '/readyz')) !== undefined,
      );
    }
  }

  get traffic(): Omit<KnownTraffic, 'rate'> {
    return { from: addresses.sender, to: addresses.traced, dports };
  }

  /** Sets a program's time of day, in ms beyond the machine's. */
  stepClock(of: 'agent' | 'hub', offset_ms: number): void {
    writeFileSync(this.files.clocks[of], String(offset_ms));
  }

  /** Delays what passes between agent and NATS, or hubs and ClickHouse. */
  delay(link: 'nats' | 'clickhouse', ms: number): void {
    writeFileSync(this.files.delays[link], String(ms));
  }

  /** Loses all that NATS stored, while it is down. */
  loseStream(): void {
    rmSync(join(this.places.nats.path, 'data'), { recursive: true, force: true });
  }

  async natsReady(): Promise<boolean> {
    const text = await askSocket(this.files.sockets.nats, '/jsz');
    return text !== undefined && (JSON.parse(text) as { disabled?: boolean }).disabled !== true;
  }

  /** @returns how many messages of traces wait for a hub or for its ack; undefined where NATS does not say */
  async backlog(): Promise<number | undefined> {
    const text = await askSocket(this.files.sockets.nats, '/jsz?consumers=true');
    if (text === undefined) return undefined;
    const state = JSON.parse(text) as Jsz;
    const streams = state.account_details?.flatMap(({ stream_detail = [] }) => stream_detail) ?? [];
    const consumers = streams
      .filter(({ name }) => name === 'VISOR_TRACES')
      .flatMap(({ consumer_detail = [] }) => consumer_detail)
      // Not those of readers besides, which NATS keeps for minutes after a hub was killed.
      .filter(({ name }) => name === hubConsumer);
    if (consumers.length === 0) return undefined;
    return consumers.reduce((sum, of) => sum + of.num_pending + of.num_ack_pending, 0);
  }

  /** @returns whether each hub says that no closed minute waits for its rollup */
  async rollupDone(): Promise<boolean> {
    const texts = await Promise.all(this.files.sockets.hubs.map((path) => askSocket(path, '/metrics')));
    return texts.every((text) => text !== undefined && /^visor_hub_rollup_lag_seconds 0$/m.test(text));
  }

  /** @returns of each program that ended without being told to: why */
  get casualties(): string[] {
    return this.services.flatMap((service) => service.faults);
  }

  writeLogs(directory: string): void {
    mkdirSync(directory, { recursive: true });
    for (const service of this.services) service.writeLogs(directory);
  }

  /** Ends what still runs, by force: for whoever gives up. */
  async abandon(): Promise<void> {
    for (const service of this.services) if (service.running) await service.end('SIGKILL');
  }
}

/** The server's answer at /jsz?consumers=true. */
interface Jsz {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly consumer_detail?: readonly {
        readonly name: string;
        readonly num_pending: number;
        readonly num_ack_pending: number;
      }[];
    }[];
  }[];
}
