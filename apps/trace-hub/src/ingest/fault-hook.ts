import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubParts } from '../parts.js';

/**
 * For tests only: with VISOR_FAULT_PAUSE_BEFORE_ACK_MS in the environment batches wait so long between their insert
 * and their acknowledgement, and the log says so. A test kills the hub in that window. Without the variable it does nothing.
 */
@Injectable()
export class FaultHook {
  readonly #pauseMs = Number(process.env['VISOR_FAULT_PAUSE_BEFORE_ACK_MS'] ?? 0);

  constructor(private readonly parts: HubParts) {}

  async beforeAck(batches: readonly { readonly batchId: bigint }[]): Promise<void> {
    if (!(this.#pauseMs > 0) || batches.length === 0) return;
    const ids = batches.map(({ batchId }) => batchId).join(', ');
    this.parts.log.warn(
      `fault hook: batch ${ids} is in ClickHouse, its acknowledgement waits ${this.#pauseMs} ms`,
    );
    await sleep(this.#pauseMs);
  }
}
