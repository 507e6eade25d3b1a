import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsumerMessages, DeliverPolicy } from '@nats-io/jetstream';
import { type Bus } from './bus.js';
import { type BusLog } from './log.js';
import { agentsStream, ensureStreams } from './streams.js';

/** A message of the agents' stream, as it came. */
export interface HeartbeatMessage {
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** When the stream took it, ms since 1970 by the server's clock. */
  readonly at_ms: number;
}

/**
 * The agents' heartbeats: first the newest of each, then new ones as they come, for ever. After a lost connection or a
 * lost stream it starts over, so the same one may come again.
 */
export class HeartbeatFeed {
  /** Settles when the newest of each agent has come, the first time, or the feed has ended. */
  readonly complete: Promise<void>;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #complete: () => void = () => undefined;
  #messages: ConsumerMessages | undefined;

  /** @param take must not throw */
  constructor(
    bus: Promise<Bus>,
    private readonly log: BusLog,
    private readonly take: (message: HeartbeatMessage) => void,
  ) {
    this.complete = new Promise((resolve) => (this.#complete = resolve));
    this.#done = this.#run(bus).finally(() => this.#complete());
  }

  /** @returns when it has ended; nothing comes any more */
  async close(): Promise<void> {
    this.#stop.abort();
    void this.#messages?.close();
    await this.#done;
  }

  async #run(pending: Promise<Bus>): Promise<void> {
    const stopped = new Promise<undefined>((resolve) => {
      this.#stop.signal.addEventListener('abort', () => resolve(undefined));
    });
    // Whoever connects reports that it failed.
    const bus = await Promise.race([pending, stopped]).catch(() => undefined);
    if (!bus) return;
    const leave = bus.onReconnected(() => void this.#messages?.close());
    while (!this.#stop.signal.aborted) {
      try {
        await bus.whenConnected(this.#stop.signal);
        await this.#read(bus);
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        const why = error instanceof Error ? error.message : String(error);
        this.log.warn(`reading the agents' heartbeats broke off (${why}); trying again`);
        await sleep(1000, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
    leave();
  }

  async #read(bus: Bus): Promise<void> {
    await ensureStreams(bus, this.log);
    // The stream keeps one message a subject: all of it is the newest of each.
    const consumer = await bus.js.consumers.get(agentsStream, { deliver_policy: DeliverPolicy.All });
    if ((await consumer.info()).num_pending === 0) this.#complete();
    const messages = await consumer.consume({ max_messages: 64, abort_on_missing_resource: true });
    this.#messages = messages;
    if (this.#stop.signal.aborted) void messages.close();
    for await (const message of messages) {
      const at_ms = message.info.timestampNanos / 1e6;
      this.take({ subject: message.subject, bytes: message.data, at_ms });
      if (message.info.pending === 0) this.#complete();
    }
  }
}
