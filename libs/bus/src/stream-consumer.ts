import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  type Consumer,
  type ConsumerMessages,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObservable, lastValueFrom } from 'rxjs';
import { type Bus } from './bus.js';
import { DeliveryContext, RejectBatch, RetryLater } from './delivery.js';
import { header, headerRecord } from './headers.js';
import { type BusLog } from './log.js';
import { publishRejected } from './rejected.js';
import { ensureStreams, rulesetsStream, tracesStream } from './streams.js';
import { matchesSubject, subjects } from './subjects.js';

/** The durable consumer that all replicas of the hub share. */
export const hubConsumer = 'hub';

/** JSConsumerNotFoundErr */
const consumerNotFound = 10014;

/** How a delivery was settled; `error` is one that the handler should not have thrown: delivered again, too. */
export type Settlement = 'stored' | 'retry' | 'rejected' | 'error';

/** What is taken from where. */
export interface StreamSource {
  readonly stream: string;
  /** Pattern of the subjects that are wanted. */
  readonly subject: string;
  /** Names the messages in the log: `batches`. */
  readonly messages: string;
}

export const traceSource: StreamSource = {
  stream: tracesStream,
  subject: subjects.allTraces,
  messages: 'batches',
};

export const rulesetSource: StreamSource = {
  stream: rulesetsStream,
  subject: subjects.allRulesets,
  messages: 'rulesets',
};

export interface StreamConsumerOptions {
  readonly bus: Promise<Bus>;
  readonly source: StreamSource;
  readonly log: BusLog;
  /** Default 30 s; a handler that takes longer is not delivered again, as the server is told that it works. */
  readonly ackWaitMs?: number;
  /** Most deliveries of all replicas that are not settled; default 16. */
  readonly maxAckPending?: number;
  /** How many messages are handled at a time; default 1: one by one, in order. */
  readonly concurrency?: number;
  /** How long a message waits that failed for no known reason, in ms; default 5000. */
  readonly errorDelayMs?: number;
  /** Called after each settlement. @param reason of a rejection, else '' */
  readonly onSettled?: (settlement: Settlement, reason: string) => void;
}

/**
 * Nest transport over a durable JetStream pull consumer of one stream: messages go to the `@EventPattern` handler of
 * their subject, one by one and in order unless `concurrency` says otherwise, and are acknowledged only after the
 * handler is done. `listen` does not wait for NATS.
 */
export class StreamConsumer extends Server implements CustomTransportStrategy {
  readonly #stop = new AbortController();
  #messages: ConsumerMessages | undefined;
  /** Whether stream and consumer were seen over the present connection. */
  #ensured = false;
  /** What the stream held when the consumer was last looked up: the server may have lost that it delivered these. */
  #doubtfulThrough = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(private readonly options: StreamConsumerOptions) {
    super();
  }

  override listen(callback: (error?: unknown) => void): void {
    this.#done = this.#run();
    callback();
  }

  /** Takes no more messages, finishes the running handler and acknowledges. */
  override async close(): Promise<void> {
    this.#stop.abort();
    void this.#messages?.close();
    await this.#done;
  }

  override on(): never {
    throw new Error('StreamConsumer has no events');
  }

  override unwrap<T>(): T {
    return this.options.bus as T;
  }

  async #run(): Promise<void> {
    const stopped = new Promise<undefined>((resolve) => {
      this.#stop.signal.addEventListener('abort', () => resolve(undefined));
    });
    // Whoever connects reports that it failed.
    const bus = await Promise.race([this.options.bus, stopped]).catch(() => undefined);
    if (!bus) return;
    // NATS forgot our pull, and may have lost the consumer; a pull from none would only be missed after a minute.
    const leave = bus.onReconnected(() => {
      this.#ensured = false;
      void this.#messages?.close();
    });
    while (!this.#stop.signal.aborted) {
      try {
        await bus.whenConnected(this.#stop.signal);
        this.#ensured = true;
        await this.#consume(bus, await this.#ensureConsumer(bus));
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        const why = error instanceof Error ? error.message : String(error);
        this.options.log.warn(
          `taking ${this.options.source.messages} from the stream failed (${why}); trying again`,
        );
        await sleep(1000, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
    leave();
  }

  async #ensureConsumer(bus: Bus): Promise<Consumer> {
    const { stream, subject } = this.options.source;
    await ensureStreams(bus, this.options.log);
    // A server that crashed forgets its last deliveries and acknowledgements, a consumer made anew has none: both
    // deliver what is stored already as if for the first time.
    this.#doubtfulThrough = (await bus.manager.streams.info(stream)).state.last_seq;
    const api = bus.manager.consumers;
    const known = await api.info(stream, hubConsumer).catch((error: unknown) => {
      if (error instanceof JetStreamApiError && error.code === consumerNotFound) return undefined;
      throw error;
    });
    // One that exists is left as the operator has it.
    if (!known) {
      await api.add(stream, {
        durable_name: hubConsumer,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        filter_subject: subject,
        ack_wait: nanos(this.#ackWaitMs),
        max_ack_pending: this.options.maxAckPending ?? 16,
        max_deliver: -1,
      });
    }
    return bus.js.consumers.get(stream, hubConsumer);
  }

  get #ackWaitMs(): number {
    return this.options.ackWaitMs ?? 30_000;
  }

  /**
   * No more messages than are handled at once: one that waited here behind others could pass its ack_wait, be delivered
   * to another replica, and then be stored by both.
   */
  async #consume(bus: Bus, consumer: Consumer): Promise<void> {
    while (!this.#stop.signal.aborted && bus.connected && this.#ensured) {
      const { concurrency = 1 } = this.options;
      const messages = await consumer.fetch({ max_messages: concurrency, expires: 30_000 });
      this.#messages = messages;
      if (this.#stop.signal.aborted || !this.#ensured) void messages.close();
      const handled: Promise<void>[] = [];
      for await (const message of messages) handled.push(this.#deliver(bus, message));
      await Promise.all(handled);
    }
  }

  async #deliver(bus: Bus, message: JsMsg): Promise<void> {
    const working = setInterval(() => message.working(), this.#ackWaitMs / 3);
    try {
      await this.#handle(message);
      message.ack();
      this.options.onSettled?.('stored', '');
    } catch (error) {
      this.#settleFailure(bus, message, error);
    } finally {
      clearInterval(working);
    }
  }

  async #handle(message: JsMsg): Promise<void> {
    const pattern = [...this.messageHandlers.keys()].find((p) => matchesSubject(p, message.subject));
    const handler = pattern === undefined ? undefined : this.messageHandlers.get(pattern);
    if (!handler) throw new RejectBatch('subject', `no handler takes the subject ${message.subject}`);
    const result: unknown = await handler(message.data, contextOf(message, this.#doubtfulThrough));
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  }

  #settleFailure(bus: Bus, message: JsMsg, error: unknown): void {
    if (error instanceof RejectBatch) {
      publishRejected(bus, message, error);
      // No reason given along: nats-server before 2.11 would ignore the whole settlement.
      message.term();
      this.options.log.warn(`rejected message ${message.seq} of ${message.subject}: ${error.message}`);
      this.options.onSettled?.('rejected', error.reason);
    } else if (error instanceof RetryLater) {
      message.nak(error.delayMs);
      this.options.onSettled?.('retry', '');
    } else {
      message.nak(this.options.errorDelayMs ?? 5000);
      const why = error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
      this.options.log.error(
        `handling message ${message.seq} of ${message.subject} failed, it comes again: ${why}`,
      );
      this.options.onSettled?.('error', '');
    }
  }
}

function contextOf(message: JsMsg, doubtfulThrough: number): DeliveryContext {
  const headers = headerRecord(message.headers);
  return new DeliveryContext([
    {
      subject: message.subject,
      headers,
      sequence: message.seq,
      deliveries: message.info.deliveryCount,
      attempt: Number(headers[header.attempt] ?? 1),
      doubtful: message.seq <= doubtfulThrough,
    },
  ]);
}
