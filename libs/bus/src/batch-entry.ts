import { type AskedBatch } from './stored-message.js';
import { type BatchSpan, type PublishOutcome, type StoredBatch, type TraceBatch } from './trace-batch.js';

/** Where a batch is on its way. */
export type EntryState =
  /** Not on disk yet, as it must be before it is published. */
  | 'new'
  | 'waiting'
  | 'sending'
  /** The stream has it; the hub has not told of it. */
  | 'acked'
  /** Nobody knows whether the stream has it: the hub is asked first. */
  | 'doubtful'
  /** Stored, split or given up. */
  | 'done';

/** A batch from its taking to its end. There may be very many: their bytes are in memory only as long as they must. */
export class BatchEntry {
  state: EntryState = 'new';
  /** Absent: on disk alone. */
  bytes: Uint8Array | undefined;
  onDisk = false;
  /** It is being written to the disk. */
  writing = false;
  /** Larger than the disk will ever take. */
  memoryOnly = false;
  /** Its number in the stream; 0 = not known. */
  sequence = 0;
  /** When it came into its state, ms of a clock that only goes on. */
  since_ms = 0;
  /** How often it was sent, or may have been. */
  tries = 0;
  /** It may have reached the stream without a word of that. */
  uncertain = false;
  /** It counts as published. */
  published = false;
  settle: ((outcome: PublishOutcome) => void) | undefined;

  constructor(
    readonly subject: string,
    readonly batchId: bigint,
    readonly rows: number,
    readonly schema: number,
    readonly size: number,
    readonly span: BatchSpan | undefined,
    /** Of an earlier run, found in the spool. */
    readonly earlier: boolean,
  ) {}

  static of({ subject, batchId, rows, schema, bytes, span }: TraceBatch, earlier = false): BatchEntry {
    const entry = new BatchEntry(subject, batchId, rows, schema, bytes.length, span, earlier);
    entry.bytes = bytes;
    return entry;
  }

  /** As it is asked for. */
  asked(): AskedBatch {
    const { batchId, rows, sequence, span } = this;
    return { batchId, rows, sequence, from_us: span?.from_us ?? 0, until_us: span?.until_us ?? 0 };
  }
}

/** @returns the batch as the spool keeps it */
export function storedForm(
  batch: Pick<TraceBatch, 'batchId' | 'rows' | 'schema' | 'bytes' | 'span'>,
): StoredBatch {
  const { batchId, rows, schema, bytes, span = { netns: '', from_us: 0, until_us: 0 } } = batch;
  return { batchId, rows, schema, bytes, ...span };
}
