import { Injectable } from '@nestjs/common';
import { type StoredBatch, type StoreOutcome } from '#clickhouse';
import { HubParts } from '../parts.js';

/** Batches into ClickHouse. */
@Injectable()
export class BatchRepository {
  constructor(private readonly parts: HubParts) {}

  /** @throws StoreError */
  insert(batches: readonly StoredBatch[]): Promise<StoreOutcome[]> {
    return this.parts.store.storeBatches(batches);
  }
}
