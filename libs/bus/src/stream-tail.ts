import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsumerMessages, DeliverPolicy } from '@nats-io/jetstream';
import { type Bus } from './bus.js';
import { headerRecord } from './headers.js';
import { type BusLog } from './log.js';
import { ensureStreams } from './streams.js';

/** A message of a stream, as it came. */
export interface TailMessage {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  /** Its number in the stream. */
  readonly sequence: number;
  /** When the stream took it, µs since 1970 by the server's clock. */
  readonly time_us: number;
}

export interface TailOptions {
  readonly bus: Promise<Bus>;
  readonly log: BusLog;
  readonly stream: string;
  /** Messages after this number; undefined: those that come from now on. */
  readonly after: number | undefined;
  /** The next message comes when it resolves; must not throw. */
  readonly take: (message: TailMessage) => Promise<void> | void;
}

/**
 * All messages of a stream after one of them, then new ones as they come, until it is closed. Where the stream was made
 * anew, so that its numbers begin again, all of the new one is given.
 */
export class StreamTail {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #messages: ConsumerMessages | undefined;
  #after: number | undefined;

  constructor(private readonly options: TailOptions) {
    this.#after = options.after;
    this.#done = this.#run();
  }

  /** The newest that was given, or skipped; undefined until the stream was looked at. */
  get sequence(): number | undefined {
    return this.#after;
  }

  /** @returns when it has ended; nothing comes any more */
  async close(): Promise<void> {
    this.#stop.abort();
    void this.#messages?.close();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { log, stream } = this.options;
    const stopped = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined));
    });
    // Whoever connects reports that it failed.
    const bus = await Promise.race([this.options.bus, stopped]).catch(() => undefined);
    if (!bus) return;
    const leave = bus.onReconnected(() => void this.#messages?.close());
    while (!signal.aborted) {
      try {
        await bus.whenConnected(signal);
        await this.#read(bus);
      } catch (error) {
        if (signal.aborted) break;
        const why = error instanceof Error ? error.message : String(error);
        log.warn(`reading ${stream} broke off (${why}); trying again`);
        await sleep(1000, undefined, { signal }).catch(() => undefined);
      }
    }
    leave();
  }

  async #read(bus: Bus): Promise<void> {
    const { log, stream, take } = this.options;
    await ensureStreams(bus, log);
    const { last_seq } = (await bus.manager.streams.info(stream)).state;
    this.#after ??= last_seq;
    // Numbers that were not given yet are of a stream that is gone.
    if (this.#after > last_seq) this.#after = 0;
    const consumer = await bus.js.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#after + 1,
    });
    const messages = await consumer.consume({ max_messages: 16, abort_on_missing_resource: true });
    this.#messages = messages;
    if (this.#stop.signal.aborted) void messages.close();
    for await (const message of messages) {
      const { subject, seq: sequence, data: bytes } = message;
      const time_us = Math.floor(message.info.timestampNanos / 1000);
      await take({ subject, headers: headerRecord(message.headers), bytes, sequence, time_us });
      this.#after = sequence;
    }
  }
}
