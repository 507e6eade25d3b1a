import { Injectable } from '@nestjs/common';
import { HubParts } from '../parts.js';

/** What is computed in ClickHouse from what is there. */
@Injectable()
export class RollupRepository {
  constructor(private readonly parts: HubParts) {}

  /** @throws StoreError */
  rollUp(now_us: number): Promise<number> {
    return this.parts.store.rollUp(now_us);
  }

  /** @throws StoreError */
  verifyDoubtful(now_us: number): Promise<number> {
    return this.parts.store.verifyDoubtful(now_us);
  }

  /** µs */
  get lag_us(): number {
    return this.parts.store.rollupLag_us;
  }
}
