import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Counters, type Log, Occurrences } from '#app-kit';
import {
  type Bus,
  ensureStreams,
  lookAtStream,
  header,
  jsonDocument,
  maxInParts,
  packRulesetMessage,
  partBytes,
  publishInParts,
  type RulesetChange,
  rulesetsStream,
  subjects,
} from '#bus';
import { type RulesetObserver, type RulesetChange as Seen } from '../capture/ruleset-observer.js';
import { rulesetLost, rulesetNotTaken } from '../occurrences.js';
import { RulesetContents } from './ruleset-contents.js';
import { RulesetQueue, versionKey } from './ruleset-queue.js';

export interface RulesetPublisherOptions {
  readonly bus: Promise<Bus>;
  readonly log: Log;
  readonly agent: string;
  /** `rulesets_published`; `lost_rulesets` by cause: queue_full and shutdown are changes, text and too_large texts */
  readonly counters: Counters;
  /** Texts that are kept beside those in force, in bytes; default 16 MiB */
  readonly maxBytes?: number;
  /** Changes that wait for NATS; default 10,000 */
  readonly maxWaiting?: number;
  readonly retry_ms?: number;
}

const PUBLISH_MS = 5000;
/** What a message has beside the content at most */
const HEAD_BYTES = 16_384;
const MAX_RETRY_MS = 5000;
const HEADERS = { [header.contentType]: jsonDocument, [header.contentEncoding]: 'gzip' };
/** Versions of which it is remembered that the stream has their text */
const MAX_TOLD = 50_000;
/** So long after the change that it was told with, a text counts as told: the hub keeps it for longer in any case. */
const TOLD_US = 86_400e6;

/**
 * Tells the bus which version of each table is in force, whenever that changes, and a version's text once. While NATS is
 * away it waits in bounded memory; to a stream that was made anew all that is in force is told again.
 */
export class RulesetPublisher implements RulesetObserver {
  readonly #run = randomBytes(8).toString('hex');
  readonly #queue: RulesetQueue;
  readonly #contents: RulesetContents;
  /** Versions in force once all is sent, by versionKey */
  readonly #inForce = new Set<string>();
  /** Versions whose text the stream has, and when they were in force as it was told last, µs */
  readonly #told = new Map<string, number>();
  readonly #occurrences: Occurrences;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #leave: () => void = () => undefined;
  #seq = 0;
  /** When the stream was made; undefined before it was looked at */
  #stream: string | undefined;
  /** The highest number that it gave us */
  #acknowledged = 0;
  #look = true;
  #hadBus = false;
  #closing = false;
  #wake: () => void = () => undefined;

  constructor(private readonly options: RulesetPublisherOptions) {
    const { maxBytes = 16 * 2 ** 20, maxWaiting = 10_000 } = options;
    this.#occurrences = new Occurrences(options.log, options.counters);
    this.#queue = new RulesetQueue(maxWaiting);
    this.#contents = new RulesetContents(
      maxBytes,
      (key) => this.#inForce.has(key),
      (key, cause) => {
        if (this.#told.has(key)) return;
        this.#lost(cause);
        // It will be no smaller when it is in force again.
        if (cause === 'too_large') this.#tell(key, Infinity);
      },
    );
    this.#done = this.#work();
  }

  seen({ netns, generation, at_us, tables, gone }: Seen): void {
    if (this.#closing) return;
    const none = { family: '', table: '', version: '' };
    if (!this.#queue.knows(netns)) this.#push({ netns, change: 'cleared', ...none, generation, at_us });
    for (const { family, name: table } of gone) {
      if (!this.#queue.newest({ netns, family, table })) continue;
      this.#push({ netns, change: 'gone', family, table, version: '', generation, at_us });
    }
    for (const snapshot of tables) {
      const { family, name: table, version } = snapshot;
      if (this.#queue.newest({ netns, family, table })?.version === version) continue;
      const change = this.#push({
        netns,
        change: 'in_force',
        family,
        table,
        version,
        generation,
        at_us,
      });
      // Though its text was told: it may have to be told again, and what waited of it may have been given up.
      this.#contents.put(versionKey(change), snapshot);
    }
    this.#wake();
  }

  ended(netns: string): void {
    if (this.#closing || !this.#queue.knows(netns)) return;
    const none = { family: '', table: '', version: '' };
    this.#push({ netns, change: 'cleared', ...none, generation: 0, at_us: Date.now() * 1000 });
    this.#queue.forget(netns);
    this.#wake();
  }

  /** Takes no more, waits until the stream has all; what it has not by `deadline_ms` from now is lost. */
  async stop(deadline_ms: number): Promise<void> {
    this.#closing = true;
    this.#wake();
    const late = sleep(deadline_ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    // Who has nothing to tell need not wait for a NATS that was never there: an agent whose start fails says so at once.
    if (this.#hadBus || this.#queue.first) await Promise.race([this.#done, late]);
    this.#stop.abort();
    this.#wake();
    this.#leave();
    for (const _ of this.#queue.clear()) this.#lost('shutdown');
    this.#occurrences.flush();
  }

  #push(values: Omit<RulesetChange, 'agent' | 'run' | 'seq'>): RulesetChange {
    const change = { agent: this.options.agent, run: this.#run, seq: ++this.#seq, ...values };
    const before = this.#queue.newest(change);
    if (before) this.#inForce.delete(versionKey(before));
    if (change.change === 'in_force') this.#inForce.add(versionKey(change));
    if (change.change === 'cleared') this.#forgetInForce(change.netns);
    for (const _ of this.#queue.push(change)) this.#lost('queue_full');
    return change;
  }

  #forgetInForce(netns: string): void {
    for (const key of this.#inForce) if (key.startsWith(`${netns}\0`)) this.#inForce.delete(key);
  }

  #lost(cause: string): void {
    this.#occurrences.tell(rulesetLost, { cause });
  }

  async #work(): Promise<void> {
    const stopped = new Promise<undefined>((resolve) => {
      this.#stop.signal.addEventListener('abort', () => resolve(undefined));
    });
    // Whoever connects reports that it failed.
    const bus = await Promise.race([this.options.bus, stopped]).catch(() => undefined);
    if (!bus) return;
    this.#hadBus = true;
    this.#leave = bus.onReconnected(() => {
      this.#look = true;
      this.#wake();
    });
    for (let failures = 0; !this.#stop.signal.aborted;) {
      try {
        if (bus.connected && this.#look) await this.#lookAtStream(bus);
        const first = this.#queue.first;
        if (!first && this.#closing) return;
        if (first && bus.connected) await this.#send(bus, first);
        else await this.#woken();
        failures = 0;
      } catch (error) {
        await this.#failed(bus, error, ++failures);
      }
    }
  }

  #woken(): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** A stream that is another one than before knows nothing; one that ends before our last message has lost some. */
  async #lookAtStream(bus: Bus): Promise<void> {
    this.#look = false;
    try {
      await ensureStreams(bus, this.options.log);
      const stream = await lookAtStream(bus, rulesetsStream);
      // Who may not look finds out by the number of the next message.
      if (!stream) return;
      const { created, state } = stream;
      const isOther = this.#stream !== undefined && this.#stream !== created;
      if (isOther || state.last_seq < this.#acknowledged) this.#tellAllAgain();
      this.#stream = created;
    } catch (error) {
      this.#look = true;
      throw error;
    }
  }

  #tellAllAgain(): void {
    this.#told.clear();
    this.#queue.again();
    this.#acknowledged = 0;
  }

  async #send(bus: Bus, change: RulesetChange): Promise<void> {
    const { agent, counters } = this.options;
    const key = versionKey(change);
    const told_us = this.#told.get(key) ?? -Infinity;
    const wanted = change.change === 'in_force' && Date.now() * 1000 - told_us > TOLD_US;
    const kept = wanted ? await this.#contents.get(key) : undefined;
    const content = kept && kept.length + HEAD_BYTES < maxInParts(bus) ? kept : undefined;
    if (kept && !content) this.#lost('too_large');
    const publish = async (bytes: Uint8Array): Promise<void> => {
      const message = { subject: subjects.rulesets(agent), bytes, headers: HEADERS };
      const { seq } = await publishInParts(bus, message, PUBLISH_MS);
      if (seq <= this.#acknowledged) this.#tellAllAgain();
      this.#acknowledged = seq;
    };
    // Of many parts one may get lost, and the text with it, but not what is in force.
    if (content && content.length > partBytes) await publish(packRulesetMessage(change));
    await publish(packRulesetMessage(change, content));
    // It may have been given up meanwhile.
    if (this.#queue.first === change) this.#queue.shift();
    counters.counter('rulesets_published').add();
    if (kept) this.#tell(key, change.at_us);
  }

  #tell(key: string, at_us: number): void {
    this.#told.delete(key);
    this.#told.set(key, at_us);
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= MAX_TOLD) break;
      this.#told.delete(oldest);
    }
  }

  async #failed(bus: Bus, error: unknown, failures: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    // Nobody listens on the subject: the stream is gone, as after the loss of NATS's disk.
    this.#look = true;
    if (bus.connected) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#occurrences.tell(rulesetNotTaken, { reason });
    }
    const wait_ms = Math.min(MAX_RETRY_MS, (this.options.retry_ms ?? 100) * 2 ** Math.min(failures - 1, 10));
    await sleep(wait_ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
