import { BatchCutter } from './batch-cutter.js';
import { BatchDisk } from './batch-disk.js';
import { BatchEntry } from './batch-entry.js';
import { BatchLedger } from './batch-ledger.js';
import { BatchOutcomes } from './batch-outcomes.js';
import { BatchSender } from './batch-sender.js';
import { type Bus } from './bus.js';
import { Complaints } from './complaints.js';
import { Confirmations } from './confirmations.js';
import { drainBatches } from './drain.js';
import { tellTo } from './occurrences.js';
import { type PublisherOptions, type PublisherStats } from './publisher-options.js';
import { type StoredMessage } from './stored-message.js';
import { type LeftBatch, type PublishOutcome, type TraceBatch } from './trace-batch.js';

/** Entries take some hundred bytes each, wherever their bytes are. */
const MAX_BATCHES = 200_000;
/** Of memory is used before batches overflow to the disk. */
const SPILL_SHARE = 0.75;

/**
 * Publishes batches until the stream has them, and keeps them until the hub says that they are in ClickHouse; in the
 * order given as far as retries allow, bounded in memory, on disk as well where there is a spool.
 */
export class BatchPublisher {
  readonly #ledger = new BatchLedger();
  readonly #outcomes: BatchOutcomes;
  readonly #stop = new AbortController();
  readonly #sender: BatchSender;
  readonly #disk: BatchDisk | undefined;
  readonly #cutter: BatchCutter;
  readonly #maxBytes: number;
  readonly #complaints: Complaints;
  #confirmations: Confirmations | undefined;
  #bus: Bus | undefined;
  #closing = false;

  constructor(private readonly options: PublisherOptions) {
    const { log, spool, ackTimeoutMs = 5000, maxBytes = 64 * 2 ** 20, tell = tellTo(log) } = options;
    const complaints = (this.#complaints = new Complaints(log));
    this.#maxBytes = maxBytes;
    const stop = this.#stop.signal;
    this.#sender = new BatchSender({
      log,
      stop,
      ackTimeoutMs,
      complaints,
      tell,
      answered: options.onAnswered,
    });
    this.#cutter = new BatchCutter({ ...options, complaints, over: (entry) => this.#over(entry) });
    this.#outcomes = new BatchOutcomes(this.#ledger, options);
    const tried = (entry: BatchEntry): void => this.#afterWrite(entry);
    this.#disk =
      spool &&
      new BatchDisk({
        store: spool.store,
        ledger: this.#ledger,
        log,
        tell,
        tried,
        retry_ms: spool.retry_ms ?? 1000,
      });
    void Promise.resolve(options.bus).then(
      (bus) => this.#connected(bus),
      // Whoever connects reports that it failed; what is kept here is settled by drain.
      () => undefined,
    );
  }

  /** Never blocks and never rejects. @returns what becomes of the batch: settled when the stream has it */
  publish(batch: TraceBatch): Promise<PublishOutcome> {
    return new Promise((resolve) => {
      const entry = BatchEntry.of(batch);
      entry.settle = resolve;
      this.#take(entry);
    });
  }

  /** Takes over what an earlier run left in the spool. The hub is asked for it before it is published again. */
  restore(subject: string, batches: readonly LeftBatch[]): void {
    for (const { batchId, rows, schema, size, netns, from_us, until_us } of batches) {
      const entry = new BatchEntry(subject, batchId, rows, schema, size, { netns, from_us, until_us }, true);
      entry.onDisk = true;
      entry.uncertain = true;
      entry.tries = 1;
      this.#ledger.add(entry);
      this.#ledger.move(entry, this.options.agent === undefined ? 'waiting' : 'doubtful');
    }
    void this.#confirmations?.ask();
    this.#pump();
  }

  /** The spool has thrown these away. */
  spoolDropped(batchIds: readonly bigint[]): void {
    for (const batchId of batchIds) {
      const entry = this.#ledger.get(batchId);
      if (!entry) continue;
      this.#ledger.setOnDisk(entry, false);
      if (!entry.bytes && entry.state !== 'sending') this.#outcomes.giveUp(entry, 'spool_full');
    }
    this.#reclaim();
  }

  stats(): PublisherStats {
    const ledger = this.#ledger;
    return {
      waitingBatches: ledger.pending,
      waitingBytes: ledger.memory,
      ...this.#outcomes.counts,
      ...this.#sender.counts,
      batches: ledger.batches,
      bytes: ledger.bytes,
      unconfirmed: ledger.in('acked').size,
      spooledRows: ledger.spooledRows,
      writeErrors: this.#disk?.errors ?? 0,
      oldest_us: ledger.oldest?.span?.from_us,
    };
  }

  /**
   * Takes no more. Waits until the stream has all, or, with a spool, while the stream cannot be reached, the disk; what
   * neither has by `deadlineMs` from now is dropped as `shutdown`.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.#closing = true;
    await drainBatches(this.#ledger, this.#disk, () => this.#bus?.connected ?? false, deadlineMs);
    this.#stop.abort();
    this.#confirmations?.close();
    this.#disk?.close();
    for (const entry of [...this.#ledger.all()]) {
      this.#outcomes.left(entry);
    }
  }

  #connected(bus: Bus): void {
    this.#bus = bus;
    bus.onReconnected(() => this.#pump());
    const { agent, log, confirmation } = this.options;
    if (agent !== undefined && !this.#stop.signal.aborted) {
      this.#confirmations = new Confirmations(bus, {
        ...confirmation,
        agent,
        log,
        due: (before_ms, most) => this.#ledger.due(before_ms, most).map((entry) => entry.asked()),
        told: (message) => this.#told(message),
        unheard: () => this.#publishDoubtful(),
      });
    }
    this.#pump();
  }

  #take(entry: BatchEntry): void {
    if (this.#closing) return this.#outcomes.drop(entry, 'shutdown');
    const { spool } = this.options;
    this.#ledger.add(entry);
    const first = this.#disk && spool?.mode === 'always' && !this.#disk.down;
    if (!first || !this.#disk?.write(entry)) this.#ledger.move(entry, 'waiting');
    if (spool?.mode === 'overflow') this.#disk?.spill(SPILL_SHARE * this.#maxBytes);
    this.#reclaim();
    this.#pump();
  }

  /** The disk has it, or does not take it. */
  #afterWrite(entry: BatchEntry): void {
    if (entry.state === 'new') this.#ledger.move(entry, 'waiting');
    const spare = entry.onDisk && entry.state !== 'sending';
    if (spare && (this.options.spool?.mode === 'overflow' || entry.state === 'acked')) {
      this.#ledger.setBytes(entry, undefined);
    }
    this.#pump();
  }

  /** Keeps memory within its bounds. What is on disk needs none; what the stream has is no loss yet. */
  #reclaim(): void {
    const ledger = this.#ledger;
    while (ledger.memory > this.#maxBytes) {
      const spare = ledger.spare();
      const [acked] = ledger.held('acked');
      const [unsent] = ledger.held('unsent');
      if (spare) ledger.setBytes(spare, undefined);
      else if (acked) this.#outcomes.giveUp(acked, 'queue_full');
      else if (unsent) this.#outcomes.giveUp(unsent, 'queue_full');
      else return;
    }
    while (ledger.batches > MAX_BATCHES) {
      const idle = ledger.oldestIdle;
      if (!idle) return;
      this.#outcomes.giveUp(idle, idle.onDisk ? 'spool_full' : 'queue_full');
    }
  }

  #pump(): void {
    const bus = this.#bus;
    const ledger = this.#ledger;
    while (bus?.connected && ledger.in('sending').size < (this.options.maxInFlight ?? 8)) {
      const [entry] = ledger.in('waiting');
      if (!entry || this.#stop.signal.aborted) break;
      ledger.move(entry, 'sending');
      void this.#send(bus, entry).then(() => this.#pump());
    }
  }

  async #send(bus: Bus, entry: BatchEntry): Promise<void> {
    const bytes = entry.bytes ?? (await this.#read(entry));
    if (!bytes || this.#over(entry)) return;
    const result = await this.#sender.send(bus, entry, bytes);
    if (this.#over(entry)) return;
    if (result.kind === 'too_large') await this.#tooLarge(entry, bytes, result.limit);
    else if (result.kind === 'acked') this.#outcomes.acked(entry, result.sequence);
    else this.#ledger.move(entry, 'waiting');
  }

  /** The stop, or the hub's word, came before. */
  #over(entry: BatchEntry): boolean {
    return this.#stop.signal.aborted || entry.state === 'done';
  }

  async #read(entry: BatchEntry): Promise<Uint8Array | undefined> {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await this.options.spool?.store.read(entry.batchId);
    } catch (error) {
      const why = (error as Error).message;
      this.#complaints.tell('spool', `a batch cannot be read from the spool (${why}); trying again`);
      if (!this.#over(entry)) this.#parked(entry);
      return undefined;
    }
    if (this.#over(entry)) return undefined;
    if (bytes) this.#ledger.setBytes(entry, bytes);
    else this.#outcomes.drop(entry, entry.onDisk ? 'spool_damaged' : 'spool_full');
    return bytes;
  }

  async #tooLarge(entry: BatchEntry, bytes: Uint8Array, limit: number): Promise<void> {
    // Its parts would be doubles of it, where it reached the stream before the limit was lowered: the hub is asked.
    if (entry.uncertain && this.options.agent !== undefined) return this.#ledger.move(entry, 'doubtful');
    const cut = await this.#cutter.cut(entry, bytes, limit);
    if (cut.kind === 'impossible') return this.#outcomes.drop(entry, 'too_large');
    if (cut.kind === 'disk') return this.#parked(entry);
    if (cut.kind === 'over') return;
    if (cut.tooLarge > 0) this.#outcomes.lost(entry, cut.tooLarge, 'too_large');
    // After a stop, too: the parts are what lies in the spool.
    this.#putParts(entry, cut.parts, cut.onDisk);
  }

  #putParts(entry: BatchEntry, parts: readonly TraceBatch[], onDisk: boolean): void {
    entry.settle?.({ kind: 'split' });
    this.#ledger.move(entry, 'done');
    for (const part of parts) {
      const made = BatchEntry.of(part, entry.earlier);
      made.onDisk = onDisk;
      made.tries = entry.tries > 0 && entry.earlier ? 1 : 0;
      this.#ledger.add(made);
      this.#ledger.move(made, 'waiting');
    }
    this.#reclaim();
  }

  /** It comes again after those that wait, and a while. */
  #parked(entry: BatchEntry): void {
    this.#ledger.move(entry, 'new');
    setTimeout(() => {
      if (!this.#over(entry)) this.#ledger.move(entry, 'waiting');
      this.#pump();
    }, 1000).unref();
  }

  #told({ stored, rejected, again }: StoredMessage): void {
    for (const entry of this.#known(stored)) this.#outcomes.stored(entry);
    for (const { batchId, reason } of rejected) {
      const entry = this.#ledger.get(batchId);
      if (!entry) continue;
      this.#complaints.refused(reason);
      // who refuses it has had it
      this.#outcomes.published(entry);
      this.#outcomes.drop(entry, 'rejected');
    }
    for (const entry of this.#known(again)) this.#outcomes.again(entry);
    this.#pump();
  }

  /** One after the other: a batch that is named twice is known only once. */
  *#known(batchIds: readonly bigint[]): Generator<BatchEntry> {
    for (const batchId of batchIds) {
      const entry = this.#ledger.get(batchId);
      if (entry) yield entry;
    }
  }

  /** Nobody answers: what an earlier run left goes out, marked as sent before. */
  #publishDoubtful(): void {
    for (const entry of [...this.#ledger.in('doubtful')]) this.#ledger.move(entry, 'waiting');
    this.#pump();
  }
}
