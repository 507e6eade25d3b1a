import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Counters, type Log, type Occurrences } from '#app-kit';
import { type AlertTransition } from '#alerts';
import {
  alertMessageId,
  alertSubject,
  ensureStreams,
  packAlertMessage,
  type AlertMessage,
  type Bus,
  type PublishedAlerts,
} from '#bus';
import { alertsNotPublished } from '../alert-occurrences.js';

/** Published at a time; the stream answers to each. */
const together = 64;
const retryMs = 500;

export interface OutboxOptions {
  readonly bus: Bus;
  readonly log: Log;
  readonly counters: Counters;
  readonly occurrences: Occurrences;
  /** Whether a silence is in force for it. */
  readonly isSilenced: (alert: AlertTransition) => boolean;
  /** Whether no other hub can be at it; nothing is published else. */
  readonly held: () => boolean;
  /** Nothing is published any more. */
  readonly stop: AbortSignal;
}

/**
 * Brings alerts into the stream, in their order, each once. What a hub before this one has published already is left out:
 * the stream would drop it by its id, but whoever merely listens would hear it twice.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting: AlertMessage[] = [];
  /** How many were ever taken in, and how many of them the stream has. */
  #added = 0;
  #sent = 0;
  /** What is being published. */
  #step: Promise<void> = Promise.resolve();
  #idle = true;
  #published: ReadonlyMap<string, number> = new Map();
  #sequence = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Those that are not published again. To be called before `add`. */
  goOn({ ids, after }: Pick<PublishedAlerts, 'ids' | 'after'>): void {
    this.#published = ids;
    this.#sequence = after;
  }

  /** In the stream of alerts: all up to here was said by whoever came to where this hub is now. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Alerts that the stream does not have yet. */
  get size(): number {
    return this.#waiting.length;
  }

  add(transitions: readonly AlertTransition[]): void {
    const { isSilenced, stop } = this.#options;
    const before = this.#waiting.length;
    for (const transition of transitions)
      if (!this.#isPublished(transition))
        this.#waiting.push({ ...transition, hub: hostname(), silenced: isSilenced(transition) });
    this.#added += this.#waiting.length - before;
    if (!this.#idle || stop.aborted || this.#waiting.length === 0) return;
    this.#idle = false;
    void this.#send().finally(() => (this.#idle = true));
  }

  /** @returns whether the stream has all that was added until now; false when it was stopped before */
  async flushed(): Promise<boolean> {
    const all = this.#added;
    while (this.#sent < all && !this.#options.stop.aborted) await this.#step;
    return this.#sent >= all;
  }

  #isPublished(transition: AlertTransition): boolean {
    const sequence = this.#published.get(alertMessageId(transition));
    if (sequence === undefined) return false;
    this.#sequence = Math.max(this.#sequence, sequence);
    this.#options.counters.counter('alerts_repeated').add();
    return true;
  }

  async #send(): Promise<void> {
    const { stop } = this.#options;
    while (this.#waiting.length > 0 && !stop.aborted) await (this.#step = this.#sendSome());
  }

  async #sendSome(): Promise<void> {
    // One who was stopped for long, and does not know yet that it has lost the lease, would tell what is not so.
    if (!this.#options.held()) return this.#rest();
    const some = firstOfEach(this.#waiting);
    try {
      // Sent in this order over one connection, they come in this order; all of them again where one was not taken.
      await Promise.all(some.map((alert) => this.#publish(alert)));
      this.#waiting.splice(0, some.length);
      this.#sent += some.length;
    } catch (error) {
      await this.#failed(error);
    }
  }

  async #publish(alert: AlertMessage): Promise<void> {
    const { bus, counters } = this.#options;
    const msgID = alertMessageId(alert);
    const { duplicate, seq } = await bus.js.publish(alertSubject(alert), packAlertMessage(alert), { msgID });
    // A stream that was made anew begins to count anew.
    this.#sequence = duplicate ? Math.max(this.#sequence, seq) : seq;
    if (duplicate) counters.counter('alerts_repeated').add();
    else counters.counter('alert_transitions', alert.state).add();
  }

  async #failed(error: unknown): Promise<void> {
    const { bus, log, occurrences, stop } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    occurrences.tell(alertsNotPublished, { reason });
    await this.#rest();
    // It may be that somebody removed it.
    if (!stop.aborted && bus.connected) await ensureStreams(bus, log).catch(() => undefined);
  }

  async #rest(): Promise<void> {
    await sleep(retryMs, undefined, { signal: this.#options.stop }).catch(() => undefined);
  }
}

/** @returns so many that no alert's end is among them with its beginning: of two that are sent at once the first may fail alone */
function firstOfEach(waiting: readonly AlertMessage[]): AlertMessage[] {
  const ids = new Set<string>();
  const some: AlertMessage[] = [];
  for (const alert of waiting) {
    if (some.length === together || ids.has(alert.id)) break;
    ids.add(alert.id);
    some.push(alert);
  }
  return some;
}
