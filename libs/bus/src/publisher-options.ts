import { type Bus } from './bus.js';
import { type ConfirmationTimes } from './confirmations.js';
import { type BusLog } from './log.js';
import { type TellOccurrence } from './occurrences.js';
import { type BatchStore, type DropCause, type LostBatch, type SplitBatch } from './trace-batch.js';

export interface PublisherOptions {
  readonly bus: Bus | Promise<Bus>;
  readonly log: BusLog;
  /** Counts and tells `publisherOccurrences`; absent: they are told to `log`. */
  readonly tell?: TellOccurrence;
  /** Called for every batch that is given up. */
  readonly onDropped: (rows: number, cause: DropCause, batch: LostBatch) => void;
  /** Called for every batch when the stream has it; once, however often it is published. */
  readonly onPublished?: (rows: number, bytes: number, earlier: boolean) => void;
  /** Called for every batch that the hub says is in ClickHouse. */
  readonly onStored?: (rows: number, earlier: boolean) => void;
  /** Called with how long the stream took to acknowledge a batch, in s. */
  readonly onAnswered?: (seconds: number) => void;
  /** Most that is in memory; default 64 MiB. */
  readonly maxBytes?: number;
  /** Most batches under way at once; default 8. */
  readonly maxInFlight?: number;
  /** How long to wait for the stream's answer, in ms; default 5000. */
  readonly ackTimeoutMs?: number;
  /** Absent: a batch that is too large is dropped. */
  readonly split?: SplitBatch;
  /** Of which agent the hub's word is waited for; absent: a batch is forgotten when the stream has it. */
  readonly agent?: string;
  readonly confirmation?: ConfirmationTimes;
  /** Where batches are kept besides; absent: in memory alone. */
  readonly spool?: { readonly store: BatchStore; readonly mode: SpoolMode; readonly retry_ms?: number };
}

/** `always`: a batch is on disk before it is published. `overflow`: only what memory has no room for, and what is left. */
export type SpoolMode = 'always' | 'overflow';

export interface PublisherStats {
  /** Not with the stream yet. */
  readonly waitingBatches: number;
  readonly waitingBytes: number;
  /** Batches and rows that the stream has taken. */
  readonly storedBatches: number;
  readonly storedRows: number;
  /** Tries after the first. */
  readonly retries: number;
  /** Messages that the stream took for a copy of one that was never sent by us: somebody else uses our ids. */
  readonly unexpectedDuplicates: number;
  /** All that are not known to be in ClickHouse, in memory or on disk. */
  readonly batches: number;
  readonly bytes: number;
  /** Of these, those that the stream has. */
  readonly unconfirmed: number;
  /** Forgotten for want of room though not known to be in ClickHouse; the stream has them. */
  readonly unconfirmedDropped: number;
  /** Published once more because neither ClickHouse nor the stream had them. */
  readonly again: number;
  /** Rows of this run that are on disk and that the stream does not have. */
  readonly spooledRows: number;
  /** Writes that the spool's disk refused. */
  readonly writeErrors: number;
  /** When the first event of the oldest was seen, µs since 1970. */
  readonly oldest_us: number | undefined;
}
