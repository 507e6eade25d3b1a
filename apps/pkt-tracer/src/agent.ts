import { Injectable, Logger } from '@nestjs/common';
import { Counters } from '#app-kit';
import { BatchPublisher, type Bus, connectBus, ensureStreams } from '#bus';
import { AgentConfig } from './agent.config.js';
import { Capture } from './capture/capture.js';
import { BatchSink } from './publish/batch-sink.js';

/** What the agent has done since its start; `events = rows + merged + discarded` at every stop. */
export interface AgentState {
  agent: string;
  capturing: boolean;
  natsConnected: boolean;
  events: number;
  packets: number;
  merged: number;
  rows: number;
  rowsPublished: number;
  lost: Record<string, number>;
}

/** The agent: kernel → batches → bus. */
@Injectable()
export class Agent {
  readonly #log = new Logger('agent');
  readonly #counters = new Counters();
  readonly #stop = new AbortController();
  #capture: Capture | undefined;
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
    const { agentId, netns, only, receiveBufferBytes, maxBatchRows, linger_ms } = config;
    const sink = this.#sink;
    this.#capture = new Capture(
      { agentId, netns, only, receiveBufferBytes, maxBatchRows, linger_ms },
      (batch) => sink.take(batch),
      this.#log,
    );
    await this.#capture.start();
    this.#capturing = true;
    this.#log.log(
      `tracing ${netns ? `network namespace ${netns}` : 'this network namespace'} as agent ${agentId}`,
    );
    const refused = bus.then(() => this.#capture?.ended);
    return { ended: Promise.race([this.#capture.ended, refused]) };
  }

  get state(): AgentState {
    const counts = this.#capture?.counts;
    const dropped = this.#counters.snapshot().filter((c) => c.name === 'rows_lost');
    return {
      agent: this.config.agentId,
      capturing: this.#capturing,
      natsConnected: this.#bus?.connected ?? false,
      events: counts?.events ?? 0,
      packets: counts?.packets ?? 0,
      merged: counts?.merged ?? 0,
      rows: counts?.rows ?? 0,
      rowsPublished: this.#counters.counter('rows_published').value,
      lost: {
        overrun: counts?.overrun ?? 0,
        malformed: counts?.malformed ?? 0,
        backlog: counts?.backlog ?? 0,
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
    const { events, packets, rows, merged, rowsPublished, lost } = this.state;
    const losses = Object.entries(lost).map(([cause, count]) => `${cause} ${count}`);
    this.#log.log(
      `stopped: ${events} events of ${packets} packets, ${merged} merged, ${rows} rows, ` +
        `${rowsPublished} published; lost: ${losses.join(', ')}`,
    );
  }

  async #connect(): Promise<Bus> {
    const options = { url: this.config.natsUrl, name: `pkt-tracer ${this.config.agentId}`, log: this.#log };
    const bus = await connectBus(options, this.#stop.signal);
    await ensureStreams(bus, this.#log);
    this.#bus = bus;
    return bus;
  }
}
