import { Injectable, Logger } from '@nestjs/common';
import { Counters } from '#app-kit';
import { BatchPublisher, type Bus, connectBus, ensureStreams } from '#bus';
import { type Discards } from '#nftrace';
import { AgentConfig } from './agent.config.js';
import { noCounts } from './capture/capture-counts.js';
import { captureOptions } from './capture/capture-options.js';
import { CaptureSet } from './capture/capture-set.js';
import { BatchSink } from './publish/batch-sink.js';
import { connectedEndpoints } from './publish/own-servers.js';

/**
 * What the agent has done since its start. At every stop `events = rows + merged + discards + lost.backlog` and
 * `rows = rowsPublished +` the rows that are lost after capture.
 */
export interface AgentState {
  agent: string;
  capturing: boolean;
  /** The network namespaces that are traced now; '' = the agent's own */
  netns: string[];
  natsConnected: boolean;
  events: number;
  packets: number;
  merged: number;
  rows: number;
  rowsPublished: number;
  /** Events left out as the operator wants it, by cause */
  discards: Discards;
  lost: Record<string, number>;
}

/** The agent: kernel → batches → bus. */
@Injectable()
export class Agent {
  readonly #log = new Logger('agent');
  readonly #counters = new Counters();
  readonly #stop = new AbortController();
  #capture: CaptureSet | undefined;
  #publisher: BatchPublisher | undefined;
  #sink: BatchSink | undefined;
  #bus: Bus | undefined;
  #capturing = false;

  constructor(private readonly config: AgentConfig) {}

  /**
   * Starts capture, and publishing as soon as NATS answers.
   * @returns settles when the agent ends by itself: rejected with the reason
   * @throws NetlinkError, RulesetError
   */
  async start(): Promise<{ ended: Promise<void> }> {
    const { config } = this;
    const bus = this.#connect();
    this.#publisher = new BatchPublisher({
      bus,
      log: this.#log,
      maxBytes: config.queueBytes,
      onDropped: (rows, cause) => this.#counters.counter('rows_lost', cause).add(rows),
    });
    this.#sink = new BatchSink(config.agentId, this.#publisher, this.#counters);
    const sink = this.#sink;
    this.#capture = new CaptureSet(captureOptions(this.config), (batch) => sink.take(batch), this.#log);
    await this.#capture.start();
    this.#capturing = true;
    const refused = bus.then(() => this.#capture?.ended);
    return { ended: Promise.race([this.#capture.ended, refused]) };
  }

  get state(): AgentState {
    const counts = this.#capture?.counts ?? noCounts;
    const { own, only, sampled } = counts;
    const dropped = this.#counters.snapshot().filter((c) => c.name === 'rows_lost');
    return {
      agent: this.config.agentId,
      capturing: this.#capturing,
      netns: this.#capture?.namespaces ?? [],
      natsConnected: this.#bus?.connected ?? false,
      events: counts.events,
      packets: counts.packets,
      merged: counts.merged,
      rows: counts.rows,
      rowsPublished: this.#counters.counter('rows_published').value,
      discards: { own, only, sampled },
      lost: {
        overrun: counts.overrun,
        malformed: counts.malformed,
        backlog: counts.backlog,
        ...Object.fromEntries(dropped.map((c) => [c.cause, c.value])),
      },
    };
  }

  /** Delivers what was captured, waits until the stream has it (within `deadlineMs`), and lets go of NATS. */
  async stop(deadlineMs: number): Promise<void> {
    await this.#capture?.stop();
    this.#capturing = false;
    await this.#sink?.settled();
    await this.#publisher?.drain(deadlineMs);
    this.#stop.abort();
    await this.#bus?.close();
    const { events, packets, rows, merged, rowsPublished, discards, lost } = this.state;
    const [left, losses] = [discards, lost].map((counts) =>
      Object.entries(counts).map(([cause, count]) => `${cause} ${count}`),
    );
    this.#log.log(
      `stopped: ${events} events of ${packets} packets, ${merged} merged, ${rows} rows, ${rowsPublished} published; ` +
        `left out: ${left?.join(', ')}; lost: ${losses?.join(', ')}`,
    );
  }

  /** Tells the capture threads which packets are the agent's own, now and after each reconnection. */
  #leaveOutOwnTraffic(bus: Bus): void {
    const tell = (): void => this.#capture?.ownServers(connectedEndpoints(bus.serverPort));
    tell();
    bus.onReconnected(tell);
  }

  async #connect(): Promise<Bus> {
    const options = { url: this.config.natsUrl, name: `pkt-tracer ${this.config.agentId}`, log: this.#log };
    const bus = await connectBus(options, this.#stop.signal);
    await ensureStreams(bus, this.#log);
    this.#bus = bus;
    this.#leaveOutOwnTraffic(bus);
    return bus;
  }
}
