import { DeliverPolicy, type ConsumerMessages, type StoredMsg } from '@nats-io/jetstream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus } from './bus.js';
import { headerRecord } from './headers.js';
import { type BusLog } from './log.js';
import { ensureStreams, tracesStream } from './streams.js';
import { hubConsumer } from './hub-consumer.js';

/** A batch as it lies in the stream. */
export interface LiveMessage {
  /** Its number in the stream. */
  readonly sequence: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

export interface LiveSubscription {
  /** Settles when nothing from `fromSequence` on can be missed any more. */
  readonly ready: Promise<{ readonly fromSequence: number }>;
  close(): void;
}

/** All batches of the stream as they come, for as many as listen; read only while somebody does. */
export class LiveFeed {
  readonly #listeners = new Set<(message: LiveMessage) => void>();
  #session: FeedSession | undefined;

  constructor(
    private readonly bus: Promise<Bus>,
    private readonly log: BusLog,
  ) {}

  get subscribers(): number {
    return this.#listeners.size;
  }

  /** @param listener must not throw; it is called in the order of the stream */
  subscribe(listener: (message: LiveMessage) => void): LiveSubscription {
    this.#listeners.add(listener);
    this.#session ??= new FeedSession(this.bus, this.log, (message) => {
      for (const each of [...this.#listeners]) each(message);
    });
    const session = this.#session;
    return {
      ready: session.ready.then(() => ({ fromSequence: session.next })),
      close: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size > 0) return;
        session.close();
        if (this.#session === session) this.#session = undefined;
      },
    };
  }

  /** @returns the number up to which every batch of the stream is in ClickHouse, or was rejected */
  async storedThrough(): Promise<number> {
    const bus = await this.bus;
    const info = await bus.manager.consumers.info(tracesStream, hubConsumer);
    return info.ack_floor.stream_seq;
  }

  /** @returns one batch of the stream; undefined if the stream has it no more */
  async fetch(sequence: number): Promise<LiveMessage | undefined> {
    const bus = await this.bus;
    const stored: StoredMsg | null = await bus.manager.streams.getMessage(tracesStream, { seq: sequence });
    if (!stored) return undefined;
    return { sequence, subject: stored.subject, headers: headerRecord(stored.header), bytes: stored.data };
  }
}

/** One run of the feed, from its first subscriber to its last. */
class FeedSession {
  readonly ready: Promise<void>;
  /** The number of the next message to come. */
  next = 0;
  /** When the stream was made that `next` counts in. */
  #created: string | undefined;
  readonly #stop = new AbortController();
  #messages: ConsumerMessages | undefined;

  constructor(
    private readonly pendingBus: Promise<Bus>,
    private readonly log: BusLog,
    private readonly emit: (message: LiveMessage) => void,
  ) {
    this.ready = new Promise((resolve, reject) => void this.#run(resolve).catch(reject));
    // A subscriber that does not wait for it is not to blame for a bus that never came.
    this.ready.catch(() => undefined);
  }

  close(): void {
    this.#stop.abort();
    void this.#messages?.close();
  }

  async #run(ready: () => void): Promise<void> {
    const bus = await this.pendingBus;
    const leave = bus.onReconnected(() => void this.#checkStream(bus));
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
    leave();
  }

  async #read(bus: Bus, ready: () => void): Promise<void> {
    await ensureStreams(bus, this.log);
    const { state, created } = await bus.manager.streams.info(tracesStream);
    // After a break it goes on where it was, unless the stream was lost: of another one all is new.
    if (this.#created !== undefined && created !== this.#created) this.next = Math.max(1, state.first_seq);
    else if (this.next === 0 || this.next > state.last_seq + 1) this.next = state.last_seq + 1;
    this.#created = created;
    const consumer = await bus.js.consumers.get(tracesStream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.next,
    });
    const messages = await consumer.consume({ max_messages: 64, abort_on_missing_resource: true });
    this.#messages = messages;
    if (this.#stop.signal.aborted) void messages.close();
    ready();
    for await (const message of messages) {
      this.next = message.seq + 1;
      const { subject, data } = message;
      this.emit({ sequence: message.seq, subject, headers: headerRecord(message.headers), bytes: data });
    }
  }

  /** A stream that ends before what was already read is another one: start over with it. */
  async #checkStream(bus: Bus): Promise<void> {
    try {
      const { state } = await bus.manager.streams.info(tracesStream);
      if (state.last_seq + 1 >= this.next) return;
    } catch {
      // Gone, or no answer: reading anew finds out, and makes it.
    }
    void this.#messages?.close();
  }
}
