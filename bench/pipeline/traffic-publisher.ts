import { promisify } from 'node:util';
import { constants, gzip as gzipCallback } from 'node:zlib';
import { BatchPublisher, subjects, type Bus } from '#bus';
import { ColumnBatch } from '#columns';
import { BatchEncoder, schemaVersion } from '#wire';
import { Traffic, type TrafficOptions } from './traffic.js';

const gzip = promisify(gzipCallback);
/** Batches hold whole packets: so many rows more, and none is too short for the last one. */
const SPARE_ROWS = 6;

/** One agent's generated traffic, published as an agent does. */
export class TrafficPublisher {
  readonly #agent: string;
  readonly #traffic: Traffic;
  readonly #batch: ColumnBatch;
  readonly #encoder = new BatchEncoder();
  readonly #publisher: BatchPublisher;

  /** @param rows of a batch, about */
  constructor(bus: Bus, rows: number, options: Omit<TrafficOptions, 'from_us'>) {
    const quiet = (): void => undefined;
    const log = { debug: quiet, log: quiet, warn: quiet, error: console.error };
    this.#agent = options.agent;
    this.#traffic = new Traffic({ ...options, from_us: Date.now() * 1000 });
    this.#batch = new ColumnBatch(rows + SPARE_ROWS);
    this.#publisher = new BatchPublisher({ bus, log, onDropped: quiet });
  }

  /** Does not wait for the stream. @returns the batch, which the next call fills again */
  async publish(): Promise<ColumnBatch> {
    const batch = this.#batch;
    const batchId = this.#traffic.fill(batch);
    const bytes = await gzip(this.#encoder.encode(batch), { level: constants.Z_BEST_SPEED });
    const subject = subjects.traces(this.#agent);
    void this.#publisher.publish({ subject, bytes, rows: batch.rows, batchId, schema: schemaVersion });
    return batch;
  }
}
