import { type BatchEntry, storedForm } from './batch-entry.js';
import { type BatchLedger } from './batch-ledger.js';
import { type BusLog } from './log.js';
import { spoolWriteFailed, type TellOccurrence } from './occurrences.js';
import { type BatchStore } from './trace-batch.js';

export interface DiskOptions {
  readonly store: BatchStore;
  readonly ledger: BatchLedger;
  readonly log: BusLog;
  readonly tell: TellOccurrence;
  /** The disk has it, or does not take it now. */
  readonly tried: (entry: BatchEntry) => void;
  readonly retry_ms: number;
}

/** What may be under way to the disk. Of a disk that does not keep up, or hangs, memory must not fill up. */
const MAX_UNDER_WAY = 16 * 2 ** 20;

/** Brings batches to the disk. What it does not take stays in memory, and is tried again. */
export class BatchDisk {
  #down = false;
  #retry: NodeJS.Timeout | undefined;
  #writing = 0;
  #writingBytes = 0;
  /** Some were not written, as too much was under way. */
  #behind = false;
  /** The operator knows that it is down. */
  #told = false;
  /** Writes that the disk refused. */
  errors = 0;

  constructor(private readonly options: DiskOptions) {}

  /** Whether the disk refused the last write. */
  get down(): boolean {
    return this.#down;
  }

  get writing(): number {
    return this.#writing;
  }

  /** Does nothing where the batch is there already, or on its way. @returns false where it cannot be written now */
  write(entry: BatchEntry): boolean {
    const { bytes } = entry;
    if (entry.onDisk || entry.writing || entry.memoryOnly || !bytes) return true;
    if (this.#writing > 0 && this.#writingBytes + entry.size > MAX_UNDER_WAY) {
      this.#behind = true;
      return false;
    }
    entry.writing = true;
    this.#writing++;
    this.#writingBytes += entry.size;
    void this.options.store.append(storedForm({ ...entry, bytes, span: entry.span ?? noSpan })).then(
      () => this.#written(entry),
      (error: Error) => this.#refused(entry, error),
    );
    return true;
  }

  /** Writes the oldest that are in memory alone, until no more than `most` bytes of them are neither there nor under way. */
  spill(most: number): void {
    const { ledger } = this.options;
    if (this.#down) return;
    for (const entry of this.#inMemory()) {
      if (ledger.memory - this.#writingBytes <= most || !this.write(entry)) return;
    }
  }

  close(): void {
    clearTimeout(this.#retry);
  }

  *#inMemory(): Iterable<BatchEntry> {
    const { ledger } = this.options;
    yield* ledger.held('acked');
    yield* ledger.held('unsent');
    yield* ledger.in('sending');
  }

  #settle(entry: BatchEntry): void {
    entry.writing = false;
    this.#writing--;
    this.#writingBytes -= entry.size;
  }

  #written(entry: BatchEntry): void {
    const { store, ledger, log, tried } = this.options;
    this.#settle(entry);
    if (this.#down && this.#told) log.log('the spool takes batches again');
    const rest = this.#down || this.#behind;
    this.#down = this.#told = this.#behind = false;
    // those that came meanwhile
    if (rest) this.spill(0);
    if (entry.state === 'done') return store.remove([entry.batchId]);
    ledger.setOnDisk(entry, true);
    tried(entry);
  }

  #refused(entry: BatchEntry, error: Error): void {
    const { tell, tried } = this.options;
    this.#settle(entry);
    this.errors++;
    entry.memoryOnly = (error as { code?: unknown }).code === 'too_large';
    this.#down ||= !entry.memoryOnly;
    const facts = { reason: error.message, only: entry.memoryOnly };
    this.#told = tell(spoolWriteFailed, facts) || this.#told;
    if (this.#down) this.#tryAgain();
    if (entry.state !== 'done') tried(entry);
  }

  #tryAgain(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      // one to see whether it does
      for (const oldest of this.#inMemory()) {
        if (!oldest.onDisk && !oldest.memoryOnly) return void this.write(oldest);
      }
      this.#down = false;
    }, this.options.retry_ms).unref();
  }
}

const noSpan = { netns: '', from_us: 0, until_us: 0 };
