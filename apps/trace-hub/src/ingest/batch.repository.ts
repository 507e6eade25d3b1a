import { Injectable } from '@nestjs/common';
import { type StoreOutcome } from '#clickhouse';
import { HubParts } from '../parts.js';
import { type LookedUpBatch, type StoredBatch } from './stored-batch.js';

/** Batches into ClickHouse. */
@Injectable()
export class BatchRepository {
  constructor(private readonly parts: HubParts) {}

  /** @throws StoreError */
  async storeBatches(batches: readonly StoredBatch[]): Promise<StoreOutcome[]> {
    const outcomes: StoreOutcome[] = [];
    for (const { bytes, repeated, ...batch } of batches) {
      outcomes.push(await this.parts.store.storeBatch(bytes, { ...batch, redelivered: repeated }));
    }
    return outcomes;
  }

  /**
   * @returns those of the batches that are in the table, whole
   * @throws StoreError
   */
  async storedBatches(agentId: string, batches: readonly LookedUpBatch[]): Promise<bigint[]> {
    if (batches.length === 0) return [];
    const ids = batches.map(({ batchId }) => String(batchId)).join();
    const sql = `SELECT toString(batch_id) AS id, toUInt32(count()) AS rows FROM traces
      WHERE agent_id = {agent:String} AND batch_id IN (${ids}) GROUP BY batch_id`;
    const text = await this.parts.store.queryText({ sql, params: { agent: agentId } });
    const found = new Map<string, number>();
    for (const line of text.split('\n').filter(Boolean)) {
      const { id, rows } = JSON.parse(line) as { id: string; rows: number };
      found.set(id, rows);
    }
    return batches.filter((b) => found.get(String(b.batchId)) === b.rows).map(({ batchId }) => batchId);
  }
}
