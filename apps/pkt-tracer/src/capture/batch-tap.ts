import { type Occurrences } from '#app-kit';
import { batchUnviewed } from '../occurrences.js';
import { decisiveRows, type DecodedBatch, decodeBatch } from '#wire';

/** Who looks at each batch as it leaves; `rows` are the decisive ones. Must not keep the batch. */
export type BatchViewer = (batch: DecodedBatch, rows: Uint32Array) => void;

/**
 * Shows each batch to others, in the main thread: the capture thread has no part in it. A fault of theirs costs them
 * the batch, and nobody else.
 */
export class BatchTap {
  constructor(
    private readonly viewers: readonly BatchViewer[],
    private readonly occurrences: Occurrences,
  ) {}

  /** @param bytes Arrow IPC stream */
  show(bytes: Uint8Array): void {
    if (this.viewers.length === 0) return;
    try {
      const batch = decodeBatch(bytes);
      const rows = decisiveRows(batch);
      for (const view of this.viewers) view(batch, rows);
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.occurrences.tell(batchUnviewed, { reason });
    }
  }
}
