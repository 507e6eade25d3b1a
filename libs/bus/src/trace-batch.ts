/** Where the events of a batch were seen, and when the first and the last of them (µs since 1970). */
export interface BatchSpan {
  readonly netns: string;
  readonly from_us: number;
  readonly until_us: number;
}

/** A batch as it goes out: one gzipped Arrow IPC stream. */
export interface TraceBatch {
  /** `subjects.traces(agent)` */
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly batchId: bigint;
  /** The version of the columns: `schemaVersion` of libs/wire. */
  readonly schema: number;
  readonly span?: BatchSpan;
}

export type DropCause =
  /** Memory was full and it was the oldest that the stream did not have yet. */
  | 'queue_full'
  /** The spool was full and it was among the oldest. */
  | 'spool_full'
  /** The spool no longer has what was written. */
  | 'spool_damaged'
  /** Larger than the server or the stream takes, and not to be split. */
  | 'too_large'
  /** The hub refuses it for good. */
  | 'rejected'
  /** The time for a stop was over. */
  | 'shutdown';

/** A batch that is given up. */
export interface LostBatch {
  readonly batchId: bigint;
  readonly span?: BatchSpan | undefined;
  /** The stream has, or had it: it was counted as published. */
  readonly published: boolean;
  /** It is of an earlier run. */
  readonly earlier: boolean;
}

/** What became of a batch; `sequence` is its number in the stream. */
export type PublishOutcome =
  /** The stream has it. */
  | { readonly kind: 'stored'; readonly sequence: number }
  /** It was too large, and others stand for it now. */
  | { readonly kind: 'split' }
  /** The agent stops; it is in the spool. */
  | { readonly kind: 'spooled' }
  | { readonly kind: 'dropped'; readonly cause: DropCause };

/** A batch as it lies in the spool. */
export interface StoredBatch extends BatchSpan {
  readonly batchId: bigint;
  readonly rows: number;
  readonly schema: number;
  readonly bytes: Uint8Array;
}

/** A batch that an earlier run left in the spool; `size` is the length of its bytes. */
export type LeftBatch = Omit<StoredBatch, 'bytes'> & { readonly size: number };

/** What the publisher needs of a spool; it is told of batches that the spool threw away by `spoolDropped`. */
export interface BatchStore {
  /** @throws where the disk does not take it now: the batch goes on in memory; with `code` too_large where it never will */
  append(batch: StoredBatch): Promise<void>;
  /** All of them or none. @throws as `append` */
  replace(batchId: bigint, parts: readonly StoredBatch[]): Promise<void>;
  /** @returns undefined where it is not there as it was written @throws what the disk says */
  read(batchId: bigint): Promise<Uint8Array | undefined>;
  remove(batchIds: Iterable<bigint>): void;
}

/** What a batch that was too large was cut to. */
export interface Split {
  readonly parts: readonly TraceBatch[];
  /** Rows of packets that are too large alone. */
  readonly tooLarge: number;
}

/** Cuts a batch to parts of at most `limit` bytes, each with a batch id of its own. */
export type SplitBatch = (batch: TraceBatch, limit: number) => Promise<Split>;
