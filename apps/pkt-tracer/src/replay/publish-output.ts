import { Counters, type Log } from '#app-kit';
import { BatchPublisher, type Bus, connectBus, ensureStreams } from '#bus';
import { BatchSink } from '../publish/batch-sink.js';
import { type Delivered, type ReplayOutput } from './output.js';

/** Batches that may be on their way to NATS: there is no hurry, and none may be dropped */
const MOST_UNDER_WAY = 8;

/** Publishes the rows as the agent does. */
export class PublishOutput implements ReplayOutput {
  readonly #counters = new Counters();
  readonly #publisher: BatchPublisher;
  readonly #sink: BatchSink;
  #underWay: Promise<void>[] = [];

  private constructor(
    private readonly bus: Bus,
    agentId: string,
    log: Log,
    private readonly deadline_ms: number,
    private readonly stop: AbortSignal,
  ) {
    this.#publisher = new BatchPublisher({
      bus,
      log,
      onDropped: (rows, cause) => this.#counters.counter('rows_lost', cause).add(rows),
    });
    this.#sink = new BatchSink(agentId, this.#publisher, this.#counters);
  }

  /** @throws BusError as `connectBus` does */
  static async connect(
    options: { url: string; agentId: string; log: Log; deadline_ms: number },
    stop: AbortSignal,
  ): Promise<PublishOutput> {
    const { url, agentId, log, deadline_ms } = options;
    const bus = await connectBus({ url, name: `pkt-tracer replay ${agentId}`, log }, stop);
    await ensureStreams(bus, log);
    return new PublishOutput(bus, agentId, log, deadline_ms, stop);
  }

  take(bytes: Uint8Array, rows: number, batchId: bigint): void {
    this.#underWay.push(this.#sink.take({ bytes, rows, batchId }));
  }

  async room(): Promise<boolean> {
    if (this.#underWay.length >= MOST_UNDER_WAY) await Promise.all(this.#underWay.splice(0));
    while (this.#publisher.stats().waitingBatches >= MOST_UNDER_WAY && !this.stop.aborted) await pause(5);
    return true;
  }

  async close(): Promise<Delivered> {
    await this.#sink.settled();
    await this.#publisher.drain(this.deadline_ms);
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
