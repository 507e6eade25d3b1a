/** A batch whose rows are what its message says, on its way into ClickHouse. */
export interface StoredBatch {
  /** An Arrow IPC stream of the columns of libs/columns. */
  readonly bytes: Uint8Array;
  readonly batchId: bigint;
  readonly agentId: string;
  readonly rows: number;
  /** The UTC days of its rows, as `2026-11-21`. */
  readonly days: readonly string[];
  /** The minutes since 1970 that have decisive rows. */
  readonly minutes: readonly number[];
  /** Whether rows of it may be in the table already. */
  readonly repeated: boolean;
  /** Batches with equal ones may be joined. */
  readonly schema: string;
}

export interface LookedUpBatch {
  readonly batchId: bigint;
  readonly rows: number;
  /** When its first and its last event were seen, µs since 1970. */
  readonly from_us: number;
  readonly until_us: number;
}
