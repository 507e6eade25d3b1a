import { Injectable } from '@nestjs/common';
import { encodeStored, maxBatchesTold, subjects, type RejectedBatch } from '#bus';
import { HubParts } from '../parts.js';

/** Tells agents what became of their batches. What gets lost they ask for. */
@Injectable()
export class StoredTeller {
  constructor(private readonly parts: HubParts) {}

  /** These are in ClickHouse now. */
  async stored(batches: readonly { readonly agentId: string; readonly batchId: bigint }[]): Promise<void> {
    const byAgent = new Map<string, bigint[]>();
    for (const { agentId, batchId } of batches) {
      const ids = byAgent.get(agentId) ?? [];
      byAgent.set(agentId, ids);
      ids.push(batchId);
    }
    for (const [agentId, ids] of byAgent) {
      for (let at = 0; at < ids.length; at += maxBatchesTold) {
        await this.#tell(agentId, ids.slice(at, at + maxBatchesTold), []);
      }
    }
  }

  /** This one never will be. */
  async rejected(agentId: string, batch: RejectedBatch): Promise<void> {
    await this.#tell(agentId, [], [batch]);
  }

  async #tell(agentId: string, stored: readonly bigint[], rejected: readonly RejectedBatch[]): Promise<void> {
    const bus = await this.parts.bus.whenOpen;
    try {
      bus.connection.publish(subjects.stored(agentId), encodeStored({ stored, rejected, again: [] }));
    } catch {
      // The connection is closed for good: there is nobody to tell, and no agent forgets what it was not told of.
    }
  }
}
