import { release } from 'node:os';
import { Injectable } from '@nestjs/common';
import {
  Counters,
  countsOf,
  DaemonLogger,
  type Log,
  type NatsSettings,
  natsSettings,
  packageVersion,
} from '#app-kit';
import { type Bus, connectBus, readyStreams } from '#bus';
import { AgentConfig } from './agent.config.js';
import { accountLine, type AgentState, noSgroups, noSpool } from './agent-state.js';
import { noCounts } from './capture/capture-counts.js';
import { captureOptions } from './capture/capture-options.js';
import { CaptureSet } from './capture/capture-set.js';
import { Heartbeat } from './heartbeat/heartbeat.js';
import { type Loss, LossLog } from './heartbeat/loss-log.js';
import { LossReport } from './heartbeat/loss-report.js';
import { PublishTimes } from './metrics/publish-times.js';
import { PacketViews, type PacketViewsCounts } from './packet-views.js';
import { type ArrowBatch } from './publish/batch-sink.js';
import { Delivery, type DeliveryCounts } from './publish/delivery.js';
import { connectedEndpoints } from './publish/own-servers.js';
import { RulesetPublisher } from './publish/ruleset-publisher.js';
import { checkSgroups } from './sgroups/check-settings.js';
import { SgroupsFeed } from './sgroups/sgroups-feed.js';
import { StopClock } from './stop-clock.js';

/** The agent: kernel → batches → bus. */
@Injectable()
export class Agent {
  readonly #log: Log;
  readonly #counters = new Counters();
  readonly #stop = new AbortController();
  readonly #losses = new LossLog();
  readonly #report: LossReport;
  readonly publishTimes = new PublishTimes();
  #heartbeat: Heartbeat | undefined;
  #capture: CaptureSet | undefined;
  #delivery: Delivery | undefined;
  #rulesets: RulesetPublisher | undefined;
  #views: PacketViews | undefined;
  #bus: Bus | undefined;
  #sgroups: SgroupsFeed | undefined;
  #capturing = false;

  constructor(
    private readonly config: AgentConfig,
    private readonly logger: DaemonLogger,
  ) {
    this.#log = logger.of('agent');
    this.#report = new LossReport(this.#log);
  }

  /**
   * Starts capture, and publishing as soon as NATS answers.
   * @returns settles when the agent ends by itself: rejected with the reason
   * @throws StartError, NetlinkError, RulesetError
   */
  async start(): Promise<{ ended: Promise<void> }> {
    const { config } = this;
    // what cannot start is told before anybody is connected to, and before there is something to wait for
    checkSgroups(config);
    const nats = natsSettings(config);
    const capturing = captureOptions(config);
    const delivery = await this.#openDelivery(nats);
    const { bus } = delivery;
    this.#heartbeat = this.#startHeartbeat(bus);
    const { agentId: agent } = config;
    const rulesets = new RulesetPublisher({ bus, log: this.#log, agent, counters: this.#counters });
    this.#rulesets = rulesets;
    const views = new PacketViews({ config, bus, log: this.#log, counters: this.#counters });
    this.#views = views;
    const take = (batch: ArrowBatch): Promise<void> => {
      const taken = delivery.take(batch);
      // while it is being compressed in another thread
      views.show(batch.bytes);
      return taken;
    };
    this.#capture = new CaptureSet(
      capturing,
      { take, lost: (loss) => this.#lost(loss), rulesets },
      this.#log,
    );
    this.#sgroups = await this.#feedSgroups(this.#capture);
    await this.#sgroups.start();
    await this.#capture.start();
    this.#capturing = true;
    const refused = bus.then(() => this.#capture?.ended);
    return { ended: Promise.race([this.#capture.ended, refused]) };
  }

  /** What is counted as it happens. */
  get counters(): Counters {
    return this.#counters;
  }

  get state(): AgentState {
    const counts = this.#capture?.counts ?? noCounts;
    const { malformed, own, only, sampled } = counts;
    const late = { backlog: counts.backlog, ...countsOf(this.#counters, 'rows_lost') };
    const unpublished = { backlog: counts.backlog, ...countsOf(this.#counters, 'rows_discarded') };
    return {
      agent: this.config.agentId,
      capturing: this.#capturing,
      netns: this.#capture?.namespaces ?? [],
      natsConnected: this.#bus?.connected ?? false,
      events: counts.events + malformed,
      packets: counts.packets,
      merged: counts.merged,
      rows: counts.rows,
      rowsPublished: this.#counters.counter('rows_published').value,
      sgroups: this.#sgroups?.state ?? noSgroups,
      spool: this.#delivery?.state ?? noSpool,
      discards: { own, only, sampled, malformed, ...unpublished },
      lost: { overrun: counts.overrun, malformed, ...late },
    };
  }

  /** Bytes of compressed batches that the stream has taken. */
  get bytesPublished(): number {
    return this.#counters.counter('bytes_published').value;
  }

  /** What is kept until it is stored, and how it fares; undefined before the start. */
  get delivery(): DeliveryCounts | undefined {
    return this.#delivery?.counts;
  }

  /** Traffic metrics and live events; undefined before the start. */
  get views(): PacketViewsCounts | undefined {
    return this.#views?.counts;
  }

  /** Lines of the log that could not be written. */
  get lostLogLines(): number {
    return this.logger.lostLines;
  }

  /** CPU time of the capture threads, µs. */
  get captureCpu_us(): number {
    return this.#capture?.cpu_us ?? 0;
  }

  /** Changes of rulesets that the stream has taken. */
  get rulesetsPublished(): number {
    return this.#counters.counter('rulesets_published').value;
  }

  /**
   * Delivers what was captured, waits until the stream or the spool has it, and lets go of NATS: all within `totalMs`,
   * most of them for delivery. What hangs is left behind, so that the account is told in any case.
   */
  async stop(totalMs: number): Promise<void> {
    const clock = new StopClock(totalMs, this.#log);
    await clock.step('sgroups', 0.1, this.#sgroups?.stop());
    await clock.step('capture', 0.3, this.#capture?.stop());
    this.#capturing = false;
    this.#views?.stop();
    const delivery_ms = clock.until(0.6);
    await Promise.all([
      clock.step('the spool', 0.7, this.#delivery?.stop(delivery_ms)),
      clock.step('what tells rulesets', 0.7, this.#rulesets?.stop(delivery_ms)),
    ]);
    await clock.step('the heartbeat', 0.8, this.#heartbeat?.stop());
    this.#stop.abort();
    await clock.step('the connection to NATS', 0.9, this.#bus?.close());
    this.#report.flush();
    // of a start that failed there is nothing to account for
    if (this.#capture) this.#log.log(`stopped: ${accountLine(this.state)}`);
  }

  #lost(loss: Loss): void {
    this.#losses.add(loss);
    this.#report.add(loss);
    this.#heartbeat?.soon();
  }

  async #openDelivery(nats: NatsSettings): Promise<Delivery> {
    this.#delivery = await Delivery.open({
      config: this.config,
      connect: () => this.#connect(nats),
      log: this.#log,
      counters: this.#counters,
      nextBatchId: () => {
        if (!this.#capture) throw new Error('no batch is published before capture is set up');
        return this.#capture.nextBatchId();
      },
      lost: (loss) => this.#lost(loss),
      answered: (seconds) => this.publishTimes.observe(seconds),
    });
    return this.#delivery;
  }

  /** Tells the capture threads which packets are the agent's own, now and after each reconnection. */
  #leaveOutOwnTraffic(bus: Bus): void {
    const tell = (): void => this.#capture?.ownServers(connectedEndpoints(bus.serverPort));
    tell();
    bus.onReconnected(tell);
  }

  #feedSgroups(capture: CaptureSet): Promise<SgroupsFeed> {
    return SgroupsFeed.open({
      config: this.config,
      log: this.#log,
      deliver: (prefixes) => capture.sgroups(prefixes),
      news: () => this.#heartbeat?.soon(),
    });
  }

  #startHeartbeat(bus: Promise<Bus>): Heartbeat {
    return new Heartbeat({
      bus,
      log: this.#log,
      counters: this.#counters,
      agent: this.config.agentId,
      version: packageVersion(import.meta.url),
      kernel: release(),
      losses: this.#losses,
      state: () => {
        const { agent: _, capturing: _c, natsConnected: _n, ...state } = this.state;
        const generation = this.#capture?.generation;
        return {
          ...state,
          ...(generation !== undefined && { rulesetGeneration: generation }),
        };
      },
    });
  }

  async #connect(nats: NatsSettings): Promise<Bus> {
    const { agentId: agent } = this.config;
    const options = { ...nats, agent, name: `pkt-tracer ${agent}`, log: this.#log };
    const bus = await connectBus(options, this.#stop.signal);
    await readyStreams(bus, this.#log, this.#stop.signal);
    this.#bus = bus;
    this.#leaveOutOwnTraffic(bus);
    return bus;
  }
}
