import { type Counters, formatSize, type Log, Occurrences } from '#app-kit';
import { BatchPublisher, type Bus, type LostBatch, type SpoolRecord, subjects } from '#bus';
import { type OpenedSpool, Spool } from '#spool';
import { type AgentConfig } from '../agent.config.js';
import { type Loss } from '../heartbeat/loss-log.js';
import { type ArrowBatch, BatchSink } from './batch-sink.js';
import { batchSplitter } from './split-batch.js';

export interface DeliveryOptions {
  readonly config: AgentConfig;
  /** Called once what lies on this host is in order. */
  readonly connect: () => Promise<Bus>;
  readonly log: Log;
  readonly counters: Counters;
  /** Ids that no other batch of this run has. */
  readonly nextBatchId: () => bigint;
  readonly lost: (loss: Loss) => void;
  /** How long the stream took to acknowledge a batch, in s. */
  readonly answered?: (seconds: number) => void;
}

/** What of the spool the metrics tell besides. */
export interface DeliveryCounts {
  readonly spool: SpoolRecord;
  /** Of the spool's files; 0 without one. */
  readonly diskBytes: number;
  /** Batches that the stream has taken. */
  readonly published: number;
  readonly damages: number;
  readonly again: number;
  readonly unconfirmedDropped: number;
}

/** Batches on their way from capture to ClickHouse: compressed, kept in memory or in the spool, published. */
export class Delivery {
  readonly bus: Promise<Bus>;
  readonly #publisher: BatchPublisher;
  readonly #sink: BatchSink;
  readonly #spool: Spool | undefined;
  readonly #occurrences: Occurrences;
  #damages = 0;

  private constructor(
    private readonly options: DeliveryOptions,
    opened: OpenedSpool | undefined,
  ) {
    const { config, log, counters, nextBatchId } = options;
    this.bus = options.connect();
    this.#occurrences = new Occurrences(log, counters);
    this.#spool = opened?.spool;
    this.#publisher = new BatchPublisher({
      bus: this.bus,
      log,
      tell: (what, facts) => this.#occurrences.tell(what, facts),
      maxBytes: config.queueBytes,
      agent: config.agentId,
      split: batchSplitter(nextBatchId),
      ...(opened && { spool: { store: opened.spool, mode: config.spoolMode } }),
      onPublished: (rows, bytes, earlier) => {
        counters.counter(earlier ? 'rows_replayed' : 'rows_published').add(rows);
        counters.counter('bytes_published').add(bytes);
      },
      onStored: (rows, earlier) =>
        counters.counter(earlier ? 'rows_replayed_stored' : 'rows_stored').add(rows),
      onDropped: (rows, cause, batch) => this.#dropped(rows, cause, batch),
      onAnswered: (seconds) => options.answered?.(seconds),
    });
    this.#sink = new BatchSink(config.agentId, this.#publisher);
  }

  /** @throws SpoolError where the spool's directory cannot be used */
  static async open(options: DeliveryOptions): Promise<Delivery> {
    const { config, log } = options;
    if (config.spoolDir === '') {
      log.log(
        `batches that NATS or the hub have not taken are kept in memory alone, up to publish.queue (${formatSize(config.queueBytes)}); with spool.dir they outlive a restart`,
      );
      return new Delivery(options, undefined);
    }
    const made: { delivery?: Delivery } = {};
    const opened = await Spool.open({
      directory: config.spoolDir,
      owner: config.agentId,
      maxBytes: config.spoolBytes,
      sync: config.spoolSync,
      onDropped: (batchIds) => made.delivery?.spoolDropped(batchIds),
    });
    const delivery = new Delivery(options, opened);
    made.delivery = delivery;
    delivery.#restore(opened);
    return delivery;
  }

  /** @returns when the batch is in the publisher's hands; what becomes of it there is counted */
  take(batch: ArrowBatch): Promise<void> {
    return this.#sink.take(batch);
  }

  get state(): SpoolRecord {
    const { counters, config } = this.options;
    const { batches, bytes, unconfirmed, spooledRows, oldest_us } = this.#publisher.stats();
    return {
      mode: this.#spool ? config.spoolMode : 'memory',
      batches,
      bytes,
      unconfirmed,
      rowsSpooled: spooledRows,
      rowsStored: counters.counter('rows_stored').value,
      rowsReplayed: counters.counter('rows_replayed').value,
      ...(oldest_us !== undefined && { oldest_us }),
    };
  }

  get counts(): DeliveryCounts {
    const { again, unconfirmedDropped, storedBatches } = this.#publisher.stats();
    return {
      published: storedBatches,
      spool: this.state,
      diskBytes: this.#spool?.bytes ?? 0,
      damages: this.#damages,
      again,
      unconfirmedDropped,
    };
  }

  /** Waits until the stream or the spool has everything that was taken, within `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    await this.#sink.settled();
    await this.#publisher.drain(deadlineMs);
    await this.#spool?.close();
    this.#occurrences.flush();
  }

  private spoolDropped(batchIds: readonly bigint[]): void {
    this.#publisher.spoolDropped(batchIds);
  }

  #restore({ batches, damages }: OpenedSpool): void {
    const { config, log } = this.options;
    const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
    log.log(
      `the spool ${config.spoolDir} (${config.spoolMode}, up to ${formatSize(config.spoolBytes)}) holds ${batches.length} batches, ${rows} rows of earlier runs`,
    );
    this.#damages = damages.length;
    const now_us = Date.now() * 1000;
    for (const { rows, batchId = 0n, from_us = now_us, until_us = now_us } of damages) {
      const span = { netns: '', from_us, until_us };
      this.#dropped(rows, 'spool_damaged', { batchId, span, published: false, earlier: true });
    }
    const unknown = damages.filter((damage) => damage.rows === 0).length;
    if (unknown > 0) {
      log.warn(
        `the spool ${config.spoolDir} is damaged in ${unknown} places that do not tell how many rows they had`,
      );
    }
    this.#publisher.restore(subjects.traces(config.agentId), batches);
  }

  /** Rows of earlier runs, and rows that count as published, are no part of what this run's events came to. */
  #dropped(rows: number, cause: string, { span, published, earlier }: LostBatch): void {
    const { counters, lost } = this.options;
    counters.counter('rows_lost', cause).add(rows);
    if (!published && !earlier) counters.counter('rows_discarded', cause).add(rows);
    const now_us = Date.now() * 1000;
    lost({ cause, events: rows, ...(span ?? { netns: '', from_us: now_us, until_us: now_us }) });
  }
}
