import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubParts } from '../parts.js';

/**
 * For tests only: with VISOR_FAULT_PAUSE_BEFORE_ACK_MS in the environment every batch waits so long between its insert
 * and its acknowledgement, and the log says so. A test kills the hub in that window. Without the variable it does nothing.
 */
@Injectable()
export class FaultHook {
  readonly #pauseMs = Number(process.env['VISOR_FAULT_PAUSE_BEFORE_ACK_MS'] ?? 0);

  constructor(private readonly parts: HubParts) {}

  async beforeAck(batchId: bigint): Promise<void> {
    if (!(this.#pauseMs > 0)) return;
    this.parts.log.warn(
      `fault hook: batch ${batchId} is in ClickHouse, its acknowledgement waits ${this.#pauseMs} ms`,
    );
    await sleep(this.#pauseMs);
  }
}
