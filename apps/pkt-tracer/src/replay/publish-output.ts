import { Counters, type Log, type NatsSettings } from '#app-kit';
import { BatchPublisher, type Bus, connectBus, readyStreams } from '#bus';
import { type PipelineBatch } from '../capture/pipeline.js';
import { BatchSink } from '../publish/batch-sink.js';
import { type Delivered, type ReplayOutput } from './output.js';

/** Batches that may be on their way to NATS: there is no hurry, and none may be dropped */
const MOST_UNDER_WAY = 8;

export interface PublishOptions {
  agentId: string;
  /** What the rows' column says */
  netns: string;
  log: Log;
  /** How long the end waits for what is still to be published */
  deadline_ms: number;
}

/** Publishes the rows as the agent does. */
export class PublishOutput implements ReplayOutput {
  readonly #counters = new Counters();
  readonly #publisher: BatchPublisher;
  readonly #sink: BatchSink;
  #underWay: Promise<void>[] = [];

  private constructor(
    private readonly bus: Bus,
    private readonly options: PublishOptions,
    private readonly stop: AbortSignal,
  ) {
    const { agentId, log } = options;
    this.#publisher = new BatchPublisher({
      bus,
      log,
      onPublished: (rows) => this.#counters.counter('rows_published').add(rows),
      onDropped: (rows, cause) => this.#counters.counter('rows_lost', cause).add(rows),
    });
    this.#sink = new BatchSink(agentId, this.#publisher);
  }

  /** @throws BusError as `connectBus` does */
  static async connect(
    options: PublishOptions & { nats: NatsSettings },
    stop: AbortSignal,
  ): Promise<PublishOutput> {
    const { nats, agentId: agent, log } = options;
    const bus = await connectBus({ ...nats, agent, name: `pkt-tracer replay ${agent}`, log }, stop);
    await readyStreams(bus, log, stop);
    return new PublishOutput(bus, options, stop);
  }

  take(batch: PipelineBatch): void {
    this.#underWay.push(this.#sink.take({ ...batch, netns: this.options.netns }));
  }

  async room(): Promise<boolean> {
    if (this.#underWay.length >= MOST_UNDER_WAY) await Promise.all(this.#underWay.splice(0));
    while (this.#publisher.stats().waitingBatches >= MOST_UNDER_WAY && !this.stop.aborted) await pause(5);
    return true;
  }

  async close(): Promise<Delivered> {
    await this.#sink.settled();
    await this.#publisher.drain(this.options.deadline_ms);
    await this.bus.close();
    const lost = this.#counters.snapshot().filter(({ name }) => name === 'rows_lost');
    const published = this.#counters.counter('rows_published').value;
    const causes = lost.map(({ cause, value }) => `${value} ${cause}`);
    return {
      said: `${published} published to NATS at ${this.bus.servers}${causes.length > 0 ? `, lost: ${causes.join(', ')}` : ''}`,
      lost: lost.reduce((sum, { value }) => sum + value, 0),
    };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
