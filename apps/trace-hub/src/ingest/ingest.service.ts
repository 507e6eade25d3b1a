import { Injectable } from '@nestjs/common';
import { Repeats } from '#app-kit';
import { header, RejectBatch, RetryLater, type DeliveryInfo } from '#bus';
import { StoreError, type StoreOutcome } from '#clickhouse';
import { type RowSource } from '#columns';
import { rewriteBatch, utcDays } from '#wire';
import { GeoService } from '../geo/geo.service.js';
import { HubParts } from '../parts.js';
import { BatchRepository } from './batch.repository.js';
import { checkBatch, type CheckedBatch } from './check-batch.js';
import { FaultHook } from './fault-hook.js';
import { unpack } from './gunzip.js';

const retryMs = 2000;

/** Brings a message's rows into the store, once. */
@Injectable()
export class IngestService {
  readonly #repeats: Repeats;

  constructor(
    private readonly parts: HubParts,
    private readonly repository: BatchRepository,
    private readonly faults: FaultHook,
    private readonly geo: GeoService,
  ) {
    this.#repeats = new Repeats(parts.log);
  }

  /**
   * Resolves when the rows are in the store.
   * @param repeated whether the message may have been stored before
   * @throws RejectBatch when it can never be stored, RetryLater when ClickHouse is away
   */
  async store(bytes: Uint8Array, message: DeliveryInfo, repeated: boolean): Promise<void> {
    const arrow = await unpack(bytes, message.headers[header.contentEncoding]);
    const batch = checkBatch(message.subject, message.headers, arrow);
    const outcome = await this.#insert(arrow, batch, repeated);
    this.parts.counters.counter('ingest_batches', outcome).add();
    if (outcome !== 'already') this.parts.counters.counter('ingest_rows').add(batch.source.rows);
    if (outcome === 'repaired') {
      this.parts.log.warn(
        `batch ${batch.batchId} of ${batch.agent} was partly stored; it was stored anew as a whole`,
      );
    }
    await this.faults.beforeAck(batch.batchId);
  }

  async #insert(arrow: Uint8Array, batch: CheckedBatch, repeated: boolean): Promise<StoreOutcome> {
    const { agent, batchId, source } = batch;
    const enriched = this.geo.enrich(source);
    const bytes = enriched === source ? arrow : rewriteBatch(enriched);
    try {
      const batch = { bytes, batchId, agentId: agent, rows: source.rows, days: utcDays(source) };
      const minutes = decisiveMinutes(source);
      const [outcome] = await this.repository.insert([{ ...batch, minutes, repeated, schema: '' }]);
      return outcome ?? 'already';
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === 'bad_data') throw new RejectBatch('bad_data', error.message, { cause: error });
      this.#repeats.warn(error.code, `${error.message} Batches wait in the stream until it is back.`);
      throw new RetryLater(error.message, retryMs, { cause: error });
    }
  }
}

/** @returns the Unix minutes that have decisive rows */
function decisiveMinutes(source: RowSource): number[] {
  const minutes = new Set<number>();
  for (let row = 0; row < source.rows; row++)
    if (source.get('decisive', row)) minutes.add(Math.floor(source.get('ts', row) / 60e6));
  return [...minutes];
}
