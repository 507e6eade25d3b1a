import { DeliverPolicy, type ConsumerMessages } from '@nats-io/jetstream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus } from './bus.js';
import { headerRecord } from './headers.js';
import { type BusLog } from './log.js';
import { ensureStreams, tracesStream } from './streams.js';
import { TraceHistory, type Anchor, type LiveMessage } from './trace-history.js';

/** Messages that the stream dropped before they were read. */
export interface FeedGap {
  readonly batches: number;
  /** When the last message before them and the first after them were taken by the stream, µs. */
  readonly from_us: number;
  readonly until_us: number;
}

/** What the feed tells; none of it may throw. */
export interface FeedListener {
  /** In the order of the stream. The next one comes when it resolves: what is not taken waits in the stream. */
  message(message: LiveMessage): Promise<void>;
  gap(gap: FeedGap): void;
  /** The stream is another one, or has lost its newest messages; it goes on after this place. What was between is not known. */
  restarted(place: Anchor): void;
  connection(up: boolean): void;
}

/** All batches of the stream from its end on, as they come, until it is closed. */
export class LiveFeed {
  /** Settles when nothing after it can be missed any more: the place that the feed begins after. */
  readonly ready: Promise<Anchor>;
  readonly #history: TraceHistory;
  readonly #stop = new AbortController();
  #messages: ConsumerMessages | undefined;
  /** After the newest message that was handed on; undefined until the stream was looked at. */
  #place: Anchor | undefined;

  constructor(
    private readonly pendingBus: Promise<Bus>,
    private readonly log: BusLog,
    private readonly listener: FeedListener,
  ) {
    this.#history = new TraceHistory(pendingBus);
    this.ready = new Promise((resolve, reject) => void this.#run(resolve).catch(reject));
    // A listener that does not wait for it is not to blame for a bus that never came.
    this.ready.catch(() => undefined);
  }

  close(): void {
    this.#stop.abort();
    void this.#messages?.close();
  }

  async #run(ready: (place: Anchor) => void): Promise<void> {
    const bus = await this.pendingBus;
    const leave = [
      bus.onReconnected(() => {
        this.listener.connection(true);
        void this.#checkStream();
      }),
      bus.onDisconnected(() => this.listener.connection(false)),
    ];
    while (!this.#stop.signal.aborted) {
      try {
        await bus.whenConnected(this.#stop.signal);
        await this.#read(bus, ready);
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        const why = error instanceof Error ? error.message : String(error);
        this.log.warn(`the live feed broke off (${why}); trying again`);
      }
      await sleep(1000, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
    for (const each of leave) each();
  }

  async #read(bus: Bus, ready: (place: Anchor) => void): Promise<void> {
    await ensureStreams(bus, this.log);
    const place = await this.#locate();
    const consumer = await bus.js.consumers.get(tracesStream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: place.sequence + 1,
    });
    const messages = await consumer.consume({ max_messages: 64, abort_on_missing_resource: true });
    this.#messages = messages;
    if (this.#stop.signal.aborted) void messages.close();
    ready(place);
    for await (const message of messages) {
      const time_us = Math.floor(message.info.timestampNanos / 1000);
      this.#tellGap(message.seq, time_us);
      this.#place = { sequence: message.seq, time_us };
      const { subject, data } = message;
      const headers = headerRecord(message.headers);
      await this.listener.message({ ...this.#place, subject, headers, bytes: data });
    }
  }

  /** After a break it goes on where it was; in another stream with what is new there. */
  async #locate(): Promise<Anchor> {
    if (!this.#place) return (this.#place = await this.#history.end());
    const { same, place } = await this.#history.locate(this.#place);
    if (!same) {
      this.#place = place;
      this.listener.restarted(place);
    }
    return place;
  }

  #tellGap(sequence: number, until_us: number): void {
    if (!this.#place) return;
    const batches = sequence - this.#place.sequence - 1;
    if (batches > 0) this.listener.gap({ batches, from_us: this.#place.time_us, until_us });
  }

  /** A stream that is another one: start over with it. */
  async #checkStream(): Promise<void> {
    try {
      if (!this.#place || (await this.#history.locate(this.#place)).same) return;
    } catch {
      // Gone, or no answer: reading anew finds out, and makes it.
    }
    void this.#messages?.close();
  }
}
