import { type ColumnBatch } from '#columns';
import { type Clock, type MessageSource } from '#netlink';
import {
  type Assembler,
  type Endpoint,
  Epochs,
  generationOf,
  type GenerationProbe,
  type RuleIndex,
  type TableFacts,
  type TraceDecoder,
  TraceEvent,
  type UnchangedTable,
} from '#nftrace';
import { type Enricher, type PackedPrefixes } from '#sgroups';
import { spanOf } from './batch-span.js';
import { type CaptureCounts, type LossCause } from './messages.js';
import { type StringKeeper } from './string-keeper.js';

export interface CaptureParts {
  trace: MessageSource;
  /** Notifications of ruleset changes alone; `trace` has them too, in sequence with the events */
  changes: MessageSource;
  clock: Clock;
  /** Asked which ruleset is in force; undefined = not known, the notifications alone must do */
  generations: Pick<GenerationProbe, 'ask'>;
  decoder: TraceDecoder;
  rules: RuleIndex;
  assembler: Assembler;
  batch: ColumnBatch;
  enricher: Pick<Enricher, 'use'>;
  strings: Pick<StringKeeper, 'tidy'>;
  linger_ms: number;
  /** Takes the rows of `batch`, which is emptied afterwards. @returns false when they had to be thrown away */
  deliver(batch: ColumnBatch): boolean;
  /** Events were lost: none before `from_us` and none after `until_us` (µs since 1970). Called often, must be cheap. */
  lost(cause: LossCause, events: number, from_us: number, until_us: number): void;
  /** Asks for a listing; `generation` is the kernel's number of the newest ruleset known. */
  rulesetChanged: (generation: number) => void;
}

/** How long a receive waits while packets or rows are held, and when nothing is */
const BUSY_WAIT_MS = 5;
const IDLE_WAIT_MS = 100;
/** How much longer a packet may be silent while the socket holds events that were not read yet */
const UNREAD_GRACE_MS = 1000;
/** How long a stop goes on reading what the socket still holds */
const DRAIN_MS = 1000;

/** Receive, decode, assemble, deliver: one pass after the other, in one thread. */
export class CaptureLoop {
  readonly #event = new TraceEvent();
  readonly #counts = { events: 0, malformed: 0, overrun: 0, rows: 0, backlog: 0 };
  /** When the first row of the batch came in; -1 = the batch is empty */
  #batchSince_ms = -1;
  /** Between the kernel's word of an overrun and the end of what it had queued */
  #congested = false;
  #congestedSince_us = 0;
  /** When the last two receives without an overrun came back: what the second gave may have been queued after a drop */
  #received_us: number;
  #receivedBefore_us: number;
  /** The newest ruleset generation known */
  #generation = 0;
  readonly #epochs = new Epochs();

  constructor(private readonly parts: CaptureParts) {
    this.#received_us = parts.clock.now_us();
    this.#receivedBefore_us = this.#received_us;
    this.#epochs.announced(parts.generations.ask() ?? 0);
    this.#setEpoch();
  }

  get counts(): CaptureCounts {
    return { ...this.#counts, ...this.parts.assembler.counts };
  }

  /** The ruleset as it was in force from generation `since` to `epoch`. */
  takeRuleset(epoch: number, tables: readonly (TableFacts | UnchangedTable)[], since = epoch): void {
    this.parts.rules.add(epoch, tables, since);
  }

  /** The NATS servers that the agent is connected to now. */
  takeOwnServers(endpoints: readonly Endpoint[]): void {
    this.parts.assembler.ownServers = endpoints;
  }

  /** Networks and security groups, of the packets that come from now on. */
  takeSgroups(prefixes: PackedPrefixes): void {
    this.parts.enricher.use(prefixes);
  }

  /**
   * Waits for events a moment and takes in what there is.
   * @param heed is called between the wait and the first event: what it takes (`takeSgroups`, …) is of these events
   * @returns whether some came and no more are there: who rests a moment now takes many at once the next time
   */
  pass(heed: () => void = () => undefined): boolean {
    const { assembler, clock, strings } = this.parts;
    strings.tidy();
    const busy = assembler.pending > 0 || this.#batchSince_ms >= 0;
    const asked_ms = clock.monotonic_ms();
    const before = this.#messages;
    const drained = this.#receive(busy ? BUSY_WAIT_MS : IDLE_WAIT_MS, heed);
    // A packet is silent only as far as the socket has been read: its next event may wait there, the longer the less
    // CPU this thread is given. What is drained now had everything that came before it was asked.
    assembler.closeIdle(drained ? asked_ms : asked_ms - UNREAD_GRACE_MS);
    const now_ms = clock.monotonic_ms();
    this.#emit(now_ms, false);
    if (this.#batchSince_ms >= 0 && now_ms - this.#batchSince_ms >= this.parts.linger_ms) this.#deliver();
    return drained && this.#messages > before;
  }

  /** Takes in what the socket still holds, closes every packet and delivers all rows. */
  finish(): void {
    const until_ms = this.parts.clock.monotonic_ms() + DRAIN_MS;
    let before = -1;
    while (before !== this.#messages && this.parts.clock.monotonic_ms() < until_ms) {
      before = this.#messages;
      while (!this.#receive(0) && this.parts.clock.monotonic_ms() < until_ms);
    }
    if (this.#congested) this.#overrun();
    this.parts.assembler.closeAll();
    this.#emit(this.parts.clock.monotonic_ms(), true);
    if (this.#batchSince_ms >= 0) this.#deliver();
  }

  get #messages(): number {
    return this.#counts.events + this.#counts.malformed;
  }

  /** @returns whether the socket had no more than this */
  #receive(timeout_ms: number, heed?: () => void): boolean {
    const { trace, clock } = this.parts;
    const received = trace.receive(timeout_ms);
    const received_ms = clock.monotonic_ms();
    if (received === 'messages') this.#askGeneration(received_ms);
    heed?.();
    // before the events are decoded: those that follow a change must not be given the text of before
    this.#noticeChanges();
    if (received === 'overrun') {
      if (!this.#congested) this.#congestedSince_us = this.#receivedBefore_us;
      this.#congested = true;
      return false;
    }
    if (received === 'gap') {
      if (this.#congested) this.#overrun();
      return false;
    }
    const count = received === 'messages' ? trace.ring.received : 0;
    const now_us = clock.now_us();
    const now_ms = clock.monotonic_ms();
    this.#receivedBefore_us = this.#received_us;
    this.#received_us = now_us;
    for (let slot = 0; slot < count; slot++) this.#message(slot, now_us, now_ms);
    const drained = count < trace.ring.slots;
    if (drained) this.#epochs.drained(received_ms);
    if (drained && this.#congested) this.#overrun();
    return drained;
  }

  #message(slot: number, now_us: number, now_ms: number): void {
    const { decoder } = this.parts;
    const { ring } = this.parts.trace;
    const generation = generationOf(ring, slot);
    if (generation !== undefined) return this.#changed(generation);
    const decoded = ring.truncated(slot)
      ? 'malformed'
      : decoder.decode(ring.bytes, ring.start(slot), ring.end(slot), this.#event);
    if (decoded === 'event') {
      this.#counts.events++;
      this.#add(now_us, now_ms);
    } else if (decoded === 'malformed') {
      this.#counts.malformed++;
      this.parts.lost('malformed', 1, now_us, now_us);
    }
  }

  #add(now_us: number, now_ms: number): void {
    const { assembler } = this.parts;
    while (!assembler.add(this.#event, now_us, now_ms)) {
      this.#emit(now_ms, true);
      if (assembler.add(this.#event, now_us, now_ms)) return;
      assembler.evict();
      this.#emit(now_ms, true);
    }
  }

  #emit(now_ms: number, force: boolean): void {
    const { assembler, batch } = this.parts;
    while (assembler.emit(batch, now_ms, force)) this.#deliver();
    if (batch.rows > 0 && this.#batchSince_ms < 0) this.#batchSince_ms = now_ms;
  }

  #deliver(): void {
    const { batch } = this.parts;
    const rows = batch.rows;
    if (this.parts.deliver(batch)) this.#counts.rows += rows;
    else this.#backlog(rows);
    batch.rows = 0;
    this.#batchSince_ms = -1;
  }

  #backlog(rows: number): void {
    const { from_us, until_us } = spanOf(this.parts.batch);
    this.#counts.backlog += rows;
    this.parts.lost('backlog', rows, from_us, until_us);
  }

  /**
   * The gap is here: what was queued before the loss has been taken in, and the count is complete. Who is open now may
   * have lost events.
   */
  #overrun(): void {
    this.#congested = false;
    const drops = this.parts.trace.drops();
    const since_us = Math.min(this.#congestedSince_us, this.#received_us);
    this.parts.lost('overrun', drops - this.#counts.overrun, since_us, this.#received_us);
    this.#counts.overrun = drops;
    // its notification may be among what was lost
    this.#epochs.announced(this.#generation);
    this.#setEpoch();
    this.parts.assembler.overrun();
  }

  /** Between the events before a change and those after it: its notification came by the same socket. */
  #changed(generation: number): void {
    this.#epochs.announced(generation);
    this.#setEpoch();
    this.#notice(generation);
  }

  #askGeneration(now_ms: number): void {
    const answer = this.parts.generations.ask();
    if (answer === undefined) return;
    this.#epochs.answered(answer, now_ms);
    this.#setEpoch();
  }

  #setEpoch(): void {
    const { assembler } = this.parts;
    assembler.epoch = this.#epochs.epoch;
    assembler.phase = this.#epochs.phase;
  }

  /**
   * A socket of its own tells of changes at once, however many events wait in the other. Where it overran, the newest
   * change may be among what was lost: then all is listed again, whatever the generation.
   */
  #noticeChanges(): void {
    const { changes, rulesetChanged } = this.parts;
    for (let received = changes.receive(0); received !== 'nothing'; received = changes.receive(0)) {
      if (received === 'overrun') rulesetChanged(this.#generation);
      for (let slot = 0; slot < changes.ring.received; slot++) {
        this.#notice(generationOf(changes.ring, slot) ?? 0);
      }
    }
  }

  #notice(generation: number): void {
    if (generation <= this.#generation) return;
    this.#generation = generation;
    this.parts.rulesetChanged(generation);
  }
}
