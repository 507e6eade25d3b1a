import { type BatchEntry } from './batch-entry.js';
import { type BatchLedger } from './batch-ledger.js';
import { type PublisherOptions } from './publisher-options.js';
import { type DropCause } from './trace-batch.js';

/** What becomes of batches: it is counted, told to whoever gave them, and the ledger and the spool let go of them. */
export class BatchOutcomes {
  readonly counts = { storedBatches: 0, storedRows: 0, unconfirmedDropped: 0, again: 0 };

  constructor(
    private readonly ledger: BatchLedger,
    private readonly options: PublisherOptions,
  ) {}

  /** The stream has it. */
  acked(entry: BatchEntry, sequence: number): void {
    this.published(entry);
    entry.settle?.({ kind: 'stored', sequence });
    entry.settle = undefined;
    if (this.options.agent === undefined) return this.#forget(entry);
    entry.sequence = sequence;
    entry.uncertain = false;
    this.ledger.move(entry, 'acked');
    if (entry.onDisk) this.ledger.setBytes(entry, undefined);
  }

  published(entry: BatchEntry): void {
    if (entry.published) return;
    this.ledger.setPublished(entry);
    this.counts.storedBatches++;
    this.counts.storedRows += entry.rows;
    this.options.onPublished?.(entry.rows, entry.size, entry.earlier);
  }

  /** The hub says that ClickHouse has it. */
  stored(entry: BatchEntry): void {
    // its acknowledgement may have been lost; of an earlier run's batch it is that run's
    if (!entry.earlier) this.published(entry);
    entry.settle?.({ kind: 'stored', sequence: entry.sequence });
    this.options.onStored?.(entry.rows, entry.earlier);
    this.#forget(entry);
  }

  /** The hub says that neither ClickHouse nor the stream has it. */
  again(entry: BatchEntry): void {
    if (entry.state !== 'acked' && entry.state !== 'doubtful') return;
    this.counts.again++;
    entry.sequence = 0;
    entry.uncertain = false;
    this.ledger.move(entry, 'waiting');
  }

  /** There is no room for it any more: no loss, as far as anybody knows, where the stream has it. */
  giveUp(entry: BatchEntry, cause: DropCause): void {
    if (entry.state !== 'acked') return this.drop(entry, cause);
    this.counts.unconfirmedDropped++;
    this.#forget(entry);
  }

  drop(entry: BatchEntry, cause: DropCause): void {
    this.lost(entry, entry.rows, cause);
    entry.settle?.({ kind: 'dropped', cause });
    this.#forget(entry);
  }

  /** Rows of it. */
  lost({ batchId, span, published, earlier }: BatchEntry, rows: number, cause: DropCause): void {
    this.options.onDropped(rows, cause, { batchId, span, published, earlier });
  }

  /** The publisher stops, and has it still. */
  left(entry: BatchEntry): void {
    if (entry.onDisk) entry.settle?.({ kind: 'spooled' });
    else if (entry.state === 'acked') this.ledger.move(entry, 'done');
    else this.drop(entry, 'shutdown');
  }

  #forget(entry: BatchEntry): void {
    this.ledger.move(entry, 'done');
    if (entry.onDisk) this.options.spool?.store.remove([entry.batchId]);
  }
}
