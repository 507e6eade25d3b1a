import { type InterfaceNames, type MessageSource } from '#netlink';
import { type RecordBlock, type RecordedSocket, type RecordedTime } from '#recording';
import { generationOf } from '#nftrace';
import { isTraceEvent, visitInterfaces } from './trace-message.js';

export interface RecordParts {
  trace: MessageSource;
  /** Notifications of ruleset changes alone; `trace` has them too, in sequence with the events */
  changes: MessageSource;
  now: () => RecordedTime;
  interfaces: Pick<InterfaceNames, 'name'>;
  block: RecordBlock;
  /** Trace events to stop after; 0 = none */
  maxEvents: number;
  /** Asks for a listing; `generation` is the kernel's number of the newest ruleset known. */
  rulesetChanged: (generation: number) => void;
}

const WAIT_MS = 20;
/** How long a stop goes on reading what the socket still holds */
const DRAIN_US = 1_000_000;

/**
 * Receive → block, in the same steps as the capture loop takes: what it would be given by the sockets is written, in
 * that order, so that a replay gives it the same.
 */
export class RecordLoop {
  #events = 0;
  #lost = 0;
  #generation = 0;
  /** Between the kernel's word of an overrun and the end of what it had queued */
  #congested = false;
  readonly #names = new Map<number, string>();

  constructor(private readonly parts: RecordParts) {}

  /** Trace events recorded, and messages that the kernel threw away */
  get counts(): { events: number; lost: number } {
    return { events: this.#events, lost: this.#lost };
  }

  /** Whether it has as many events as it was to record */
  get full(): boolean {
    return this.parts.maxEvents > 0 && this.#events >= this.parts.maxEvents;
  }

  /** Waits for events a moment and records what there is. @returns whether the socket had no more than this */
  pass(timeout_ms = WAIT_MS): boolean {
    const { trace, block, now } = this.parts;
    const received = trace.receive(timeout_ms);
    this.#noticeChanges();
    if (received === 'overrun') {
      this.#congested = true;
      block.overrun(now(), 'trace');
      return false;
    }
    const count = received === 'messages' ? trace.ring.received : 0;
    const drained = received !== 'gap' && count < trace.ring.slots;
    const settles = this.#congested && (drained || received === 'gap');
    if (settles) this.#settle();
    // a gap is recorded as a receive that got nothing: that is where who replays it finds it
    if (count > 0 || settles) this.#messages(count, !drained && !settles);
    return drained;
  }

  /** Records what the socket still holds. */
  drain(): void {
    const until_us = this.parts.now().monotonic_us + DRAIN_US;
    while (!this.full && !this.pass(0) && this.parts.now().monotonic_us < until_us);
    if (this.#congested) this.#settle();
  }

  #messages(received: number, more: boolean): void {
    const { trace, block, now } = this.parts;
    const { ring } = trace;
    const at = now();
    let count = 0;
    while (count < received && !this.full) {
      const generation = generationOf(ring, count);
      if (generation !== undefined) this.#notice(generation);
      if (isTraceEvent(ring, count)) {
        this.#events++;
        visitInterfaces(ring, count, (index) => this.#name(index, at));
      }
      count++;
    }
    block.receive(at, 'trace', ring, count, more && count === received);
  }

  /** The count of what was lost is complete where the queue ends (see CaptureLoop). */
  #settle(): void {
    this.#congested = false;
    this.#lost = this.parts.trace.drops();
    this.parts.block.drops(this.#lost);
  }

  #name(index: number, at: RecordedTime): void {
    const name = this.parts.interfaces.name(index, at.monotonic_us / 1000);
    if (this.#names.get(index) === name) return;
    this.#names.set(index, name);
    this.parts.block.interface(index, name);
  }

  #noticeChanges(): void {
    const { changes, block, now, rulesetChanged } = this.parts;
    const socket: RecordedSocket = 'changes';
    for (let received = changes.receive(0); received !== 'nothing'; received = changes.receive(0)) {
      if (received === 'overrun') {
        block.overrun(now(), socket);
        rulesetChanged(this.#generation);
        continue;
      }
      const { ring } = changes;
      block.receive(now(), socket, ring, ring.received, ring.received === ring.slots);
      for (let slot = 0; slot < ring.received; slot++) this.#notice(generationOf(ring, slot) ?? 0);
    }
  }

  #notice(generation: number): void {
    if (generation <= this.#generation) return;
    this.#generation = generation;
    this.parts.rulesetChanged(generation);
  }
}
