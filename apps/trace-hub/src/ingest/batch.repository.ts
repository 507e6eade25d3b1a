import { Injectable } from '@nestjs/common';
import { type AskedBatch } from '#bus';
import { type StoredBatch, type StoreOutcome } from '#clickhouse';
import { HubParts } from '../parts.js';

/** Batches into ClickHouse. */
@Injectable()
export class BatchRepository {
  constructor(private readonly parts: HubParts) {}

  /** @throws StoreError */
  storeBatches(batches: readonly StoredBatch[]): Promise<StoreOutcome[]> {
    return this.parts.store.storeBatches(batches);
  }

  /**
   * @returns those of the batches that are in the table, whole
   * @throws StoreError
   */
  storedBatches(agentId: string, batches: readonly AskedBatch[]): Promise<bigint[]> {
    return this.parts.store.storedBatches(agentId, batches);
  }
}
