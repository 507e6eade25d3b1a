import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiError, type PubAck } from '@nats-io/jetstream';
import { headers as natsHeaders, type MsgHdrs } from '@nats-io/transport-node';
import { backoffMs } from './backoff.js';
import { type Bus } from './bus.js';
import { arrowStream, header } from './headers.js';
import { type BusLog } from './log.js';
import { PublishQueue } from './publish-queue.js';
import { ensureStreams } from './streams.js';

/** A batch as it goes out: one gzipped Arrow IPC stream. */
export interface TraceBatch {
  /** `subjects.traces(agent)` */
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly batchId: bigint;
  /** The version of the columns: `schemaVersion` of libs/wire. */
  readonly schema: number;
  /** Where its events were seen, and when the first and the last of them (µs since 1970); for onDropped. */
  readonly span?: { readonly netns: string; readonly from_us: number; readonly until_us: number };
}

export type DropCause =
  /** The queue was full and it was the oldest that was not sent yet. */
  | 'queue_full'
  /** Larger than the server or the stream takes. */
  | 'too_large'
  /** The time for a stop was over. */
  | 'shutdown';

/** What became of a batch; `sequence` is its number in the stream. */
export type PublishOutcome =
  | { readonly kind: 'stored'; readonly sequence: number }
  | { readonly kind: 'dropped'; readonly cause: DropCause };

export interface PublisherOptions {
  readonly bus: Bus | Promise<Bus>;
  readonly log: BusLog;
  /** Called for every batch that is given up. */
  readonly onDropped: (rows: number, cause: DropCause, batch: TraceBatch) => void;
  /** Most that waits and is under way together; default 64 MiB. */
  readonly maxBytes?: number;
  /** Most batches under way at once; default 8. */
  readonly maxInFlight?: number;
  /** How long to wait for the stream's answer, in ms; default 5000. */
  readonly ackTimeoutMs?: number;
}

export interface PublisherStats {
  readonly waitingBatches: number;
  readonly waitingBytes: number;
  readonly storedBatches: number;
  readonly storedRows: number;
  /** Tries after the first. */
  readonly retries: number;
  /** Messages that the stream took for a copy of one that was never sent by us: somebody else uses our ids. */
  readonly unexpectedDuplicates: number;
}

interface Entry extends TraceBatch {
  readonly settle: (outcome: PublishOutcome) => void;
}

/** JSStreamMessageExceedsMaximumErr */
const exceedsStreamLimit = 10054;
/** Room that the headers of a batch may take of the server's max_payload. */
const headerRoom = 1024;
const complainMs = 30_000;

/** Publishes batches until the stream has them: in memory, bounded, in the order given as far as retries allow. */
export class BatchPublisher {
  readonly #queue: PublishQueue<Entry>;
  readonly #stop = new AbortController();
  #bus: Bus | undefined;
  #closing = false;
  #idle: (() => void) | undefined;
  #complained = -Infinity;
  readonly #counts = { storedBatches: 0, storedRows: 0, retries: 0, unexpectedDuplicates: 0 };

  constructor(private readonly options: PublisherOptions) {
    this.#queue = new PublishQueue(options.maxBytes ?? 64 * 2 ** 20);
    void Promise.resolve(options.bus).then(
      (bus) => {
        this.#bus = bus;
        bus.onReconnected(() => this.#pump());
        this.#pump();
      },
      // Whoever connects reports that it failed; what is queued here is settled by drain.
      () => undefined,
    );
  }

  /** Never blocks and never rejects. @returns what becomes of the batch, once that is known */
  publish(batch: TraceBatch): Promise<PublishOutcome> {
    return new Promise((resolve) => {
      const entry: Entry = { ...batch, settle: resolve };
      if (this.#closing) return this.#drop(entry, 'shutdown');
      for (const gone of this.#queue.push(entry)) this.#drop(gone, 'queue_full');
      this.#pump();
    });
  }

  stats(): PublisherStats {
    return {
      waitingBatches: this.#queue.waiting + this.#queue.sending,
      waitingBytes: this.#queue.bytes,
      ...this.#counts,
    };
  }

  /** Takes no more, waits until all is stored; what is not by `deadlineMs` from now is dropped as `shutdown`. */
  async drain(deadlineMs: number): Promise<void> {
    this.#closing = true;
    const idle = new Promise<void>((resolve) => (this.#idle = resolve));
    this.#tellIdle();
    await Promise.race([
      idle,
      sleep(deadlineMs, undefined, { signal: this.#stop.signal }).catch(() => undefined),
    ]);
    this.#stop.abort();
    for (const entry of this.#queue.clear()) this.#drop(entry, 'shutdown');
  }

  #pump(): void {
    const bus = this.#bus;
    while (bus?.connected && this.#queue.sending < (this.options.maxInFlight ?? 8)) {
      const entry = this.#queue.take();
      if (!entry) break;
      void this.#send(bus, entry).then((outcome) => this.#settle(entry, outcome));
    }
    this.#tellIdle();
  }

  #settle(entry: Entry, outcome: PublishOutcome): void {
    // Already given up by drain.
    if (this.#stop.signal.aborted) return;
    this.#queue.settle(entry);
    if (outcome.kind === 'dropped') {
      this.#drop(entry, outcome.cause);
    } else {
      this.#counts.storedBatches++;
      this.#counts.storedRows += entry.rows;
      entry.settle(outcome);
    }
    this.#pump();
  }

  #drop(entry: Entry, cause: DropCause): void {
    this.options.onDropped(entry.rows, cause, entry);
    entry.settle({ kind: 'dropped', cause });
  }

  #tellIdle(): void {
    if (this.#queue.waiting + this.#queue.sending === 0) this.#idle?.();
  }

  /** Tries until the stream has it. */
  async #send(bus: Bus, entry: Entry): Promise<PublishOutcome> {
    let id = randomUUID();
    let idIsFresh = true;
    for (let attempt = 1; !this.#stop.signal.aborted; attempt++) {
      if (entry.bytes.length + headerRoom > bus.maxPayload) return this.#tooLarge(entry, bus.maxPayload);
      try {
        if (attempt > 1) await this.#beforeRetry(bus, attempt);
        const ack = await this.#try(bus, entry, id, attempt);
        if (!ack.duplicate || !idIsFresh) return { kind: 'stored', sequence: ack.seq };
        this.#counts.unexpectedDuplicates++;
        this.#complain(`the stream took a new batch for a duplicate; another publisher uses our message ids`);
        id = randomUUID();
      } catch (error) {
        if (error instanceof JetStreamApiError && error.code === exceedsStreamLimit) {
          return this.#tooLarge(entry, bus.maxPayload);
        }
        idIsFresh = false;
        await this.#afterFailure(bus, error);
      }
    }
    return { kind: 'dropped', cause: 'shutdown' };
  }

  #tooLarge(entry: Entry, limit: number): PublishOutcome {
    this.#complain(
      `a batch of ${entry.bytes.length} bytes is larger than NATS takes (max_payload ${limit}); dropped`,
    );
    return { kind: 'dropped', cause: 'too_large' };
  }

  async #beforeRetry(bus: Bus, attempt: number): Promise<void> {
    this.#counts.retries++;
    await sleep(backoffMs(attempt), undefined, { signal: this.#stop.signal });
    await bus.whenConnected(this.#stop.signal);
  }

  #try(bus: Bus, entry: Entry, id: string, attempt: number): Promise<PubAck> {
    return bus.js.publish(entry.subject, entry.bytes, {
      msgID: id,
      headers: batchHeaders(entry, attempt),
      timeout: this.options.ackTimeoutMs ?? 5000,
    });
  }

  async #afterFailure(bus: Bus, error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const why = error instanceof Error ? error.message : String(error);
    if (bus.connected) this.#complain(`the stream did not take a batch (${why}); trying again until it does`);
    // Nobody listens on the subject: the stream is gone, as after the loss of NATS's disk.
    if (error instanceof Error && error.name === 'JetStreamNotEnabled' && bus.connected) {
      await ensureStreams(bus, this.options.log).catch((cause: Error) => this.#complain(cause.message));
    }
  }

  #complain(sentence: string): void {
    if (Date.now() - this.#complained < complainMs) return;
    this.#complained = Date.now();
    this.options.log.warn(sentence);
  }
}

function batchHeaders(batch: TraceBatch, attempt: number): MsgHdrs {
  const headers = natsHeaders();
  headers.set(header.contentType, arrowStream);
  headers.set(header.contentEncoding, 'gzip');
  headers.set(header.schema, String(batch.schema));
  headers.set(header.rows, String(batch.rows));
  headers.set(header.batch, String(batch.batchId));
  if (attempt > 1) headers.set(header.attempt, String(attempt));
  return headers;
}
