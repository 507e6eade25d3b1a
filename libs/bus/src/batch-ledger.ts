import { type BatchEntry, type EntryState } from './batch-entry.js';

type Listed = Exclude<EntryState, 'new' | 'done'>;

/** Every batch that is not settled, by its state, oldest first; and what of them is in memory. */
export class BatchLedger {
  readonly #all = new Map<bigint, BatchEntry>();
  readonly #byState: Readonly<Record<Listed, Set<BatchEntry>>> = {
    waiting: new Set(),
    sending: new Set(),
    acked: new Set(),
    doubtful: new Set(),
  };
  /** Those with bytes in memory that are not being sent: on disk as well, known to the stream, neither. */
  readonly #spare = new Set<BatchEntry>();
  readonly #held = { acked: new Set<BatchEntry>(), unsent: new Set<BatchEntry>() };
  #size = 0;
  #memory = 0;
  #spooledRows = 0;

  get batches(): number {
    return this.#all.size;
  }

  /** Compressed bytes of all of them, wherever they are. */
  get bytes(): number {
    return this.#size;
  }

  /** Compressed bytes in memory. */
  get memory(): number {
    return this.#memory;
  }

  /** Rows of this run that are on disk, and that the stream does not have. */
  get spooledRows(): number {
    return this.#spooledRows;
  }

  /** How many are neither with the stream nor given up, doubtful ones aside. */
  get pending(): number {
    return this.#all.size - this.#byState.acked.size - this.#byState.doubtful.size;
  }

  get oldest(): BatchEntry | undefined {
    return first(this.#all.values());
  }

  /** The oldest that is not being sent. */
  get oldestIdle(): BatchEntry | undefined {
    for (const entry of this.#all.values()) if (entry.state !== 'sending') return entry;
    return undefined;
  }

  get(batchId: bigint): BatchEntry | undefined {
    return this.#all.get(batchId);
  }

  all(): Iterable<BatchEntry> {
    return this.#all.values();
  }

  in(state: Listed): ReadonlySet<BatchEntry> {
    return this.#byState[state];
  }

  add(entry: BatchEntry): void {
    this.#all.set(entry.batchId, entry);
    this.#size += entry.size;
    if (entry.bytes) this.#memory += entry.size;
    this.#count(entry, 1);
    this.#place(entry);
  }

  /** Puts an entry at the end of those in a state; `done` forgets it. */
  move(entry: BatchEntry, state: EntryState): void {
    this.#unplace(entry);
    if (entry.state !== 'new' && entry.state !== 'done') this.#byState[entry.state].delete(entry);
    entry.state = state;
    entry.since_ms = performance.now();
    if (state === 'done') {
      if (this.#all.delete(entry.batchId)) this.#size -= entry.size;
      this.#count(entry, -1);
      this.setBytes(entry, undefined);
      return;
    }
    if (state !== 'new') this.#byState[state].add(entry);
    this.#place(entry);
  }

  setBytes(entry: BatchEntry, bytes: Uint8Array | undefined): void {
    this.#unplace(entry);
    this.#memory += (bytes ? entry.size : 0) - (entry.bytes ? entry.size : 0);
    entry.bytes = bytes;
    this.#place(entry);
  }

  setOnDisk(entry: BatchEntry, onDisk: boolean): void {
    this.#unplace(entry);
    this.#count(entry, -1);
    entry.onDisk = onDisk;
    this.#count(entry, 1);
    this.#place(entry);
  }

  setPublished(entry: BatchEntry): void {
    this.#count(entry, -1);
    entry.published = true;
    this.#count(entry, 1);
  }

  /** @returns what the hub is to be asked for, at most `most`: what nobody knows of, and what the stream took before then */
  due(before_ms: number, most: number): BatchEntry[] {
    const due: BatchEntry[] = [];
    for (const entry of this.#byState.doubtful) {
      if (due.length >= most) return due;
      due.push(entry);
    }
    for (const entry of this.#byState.acked) {
      if (due.length >= most || entry.since_ms > before_ms) break;
      due.push(entry);
    }
    return due;
  }

  /** @returns the oldest whose bytes need not be in memory, as the disk has them */
  spare(): BatchEntry | undefined {
    return first(this.#spare);
  }

  /** Those that are in memory alone and not being sent, oldest first. */
  held(what: 'acked' | 'unsent'): ReadonlySet<BatchEntry> {
    return this.#held[what];
  }

  #place(entry: BatchEntry): void {
    if (!entry.bytes || entry.state === 'sending' || entry.state === 'done') return;
    if (entry.onDisk) this.#spare.add(entry);
    else this.#held[entry.state === 'acked' ? 'acked' : 'unsent'].add(entry);
  }

  #unplace(entry: BatchEntry): void {
    this.#spare.delete(entry);
    this.#held.acked.delete(entry);
    this.#held.unsent.delete(entry);
  }

  #count({ earlier, onDisk, published, rows }: BatchEntry, sign: 1 | -1): void {
    if (!earlier && onDisk && !published) this.#spooledRows += sign * rows;
  }
}

function first<T>(of: Iterable<T>): T | undefined {
  for (const item of of) return item;
  return undefined;
}
