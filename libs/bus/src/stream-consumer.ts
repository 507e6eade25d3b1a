import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObservable, lastValueFrom } from 'rxjs';
import { type Bus } from './bus.js';
import { DeliveryContext, RejectBatch } from './delivery.js';
import { GoneCount } from './gone-count.js';
import { header, headerRecord } from './headers.js';
import { ensureHubConsumer, hubConsumer, type FoundConsumer } from './hub-consumer.js';
import { InHand, type Claim } from './in-hand.js';
import { type PullMessage } from './pull-message.js';
import { Pulls } from './pulls.js';
import { Settler, type SettlerOptions } from './settler.js';
import { type StreamSource } from './stream-source.js';
import { matchesSubject } from './subjects.js';
import { Troubles } from './troubles.js';

export interface StreamConsumerOptions extends SettlerOptions {
  readonly bus: Promise<Bus>;
  readonly source: StreamSource;
  /** Of a consumer that is made; default 30 s. A handler that takes longer is not delivered again: the server is told that it works. */
  readonly ackWaitMs?: number;
  /** Most deliveries of all replicas that are not settled; default 16. */
  readonly maxAckPending?: number;
  /** How many messages are handled at a time; default 1: one by one, in order. */
  readonly concurrency?: number;
  /** Above so many bytes of messages in hand no more are pulled; a pull that is under way may exceed it. Default: no limit. */
  readonly maxBytes?: number;
  /** Awaited before each pull: while it does not resolve nothing is taken from the stream. */
  readonly ready?: (stop: AbortSignal) => Promise<void>;
  /** Called when the consumer closes, after its last pull: handlers that wait for more messages should end. */
  readonly onStopping?: () => void;
  /** Called at each delivery with how many messages wait in the stream behind it. */
  readonly onBacklog?: (messages: number) => void;
  /** Called when the stream has dropped so many messages before they were delivered; see GoneCount. */
  readonly onGone?: (messages: number) => void;
}

/**
 * How long a pull waits for messages. Short: what one brings was delivered after it began, which tells whether an answer
 * is late, and a stop waits for its end.
 */
const pullMs = 2000;
/** Most messages of one pull: so many of the server's `max_payload` may come at once. */
const maxPull = 256;

/**
 * Nest transport over a durable JetStream pull consumer of one stream: messages go to the `@EventPattern` handler of
 * their subject, one by one and in order unless `concurrency` says otherwise, and are acknowledged only after the
 * handler is done. While handlers wait for each other's messages, more are pulled. `listen` does not wait for NATS.
 */
export class StreamConsumer extends Server implements CustomTransportStrategy {
  readonly #stop = new AbortController();
  readonly #handled = new Set<Promise<void>>();
  readonly #settler: Settler;
  readonly #gone = new GoneCount();
  #pulls: Pulls | undefined;
  /** Ends with the present pull. */
  #pull: Promise<unknown> = Promise.resolve();
  #found: FoundConsumer | undefined;
  /** Whether stream and consumer were seen over the present connection. */
  #ensured = false;
  /** The consumer's number of the newest delivery, and the stream's of the newest that was delivered for the first time. */
  #delivery = 0;
  #newest = 0;
  /** Whether the server has said nothing of the pull before. */
  #silent = false;
  /** Bytes of a message, of late; before the first one as many as it may have. */
  #size = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(private readonly options: StreamConsumerOptions) {
    super();
    this.#settler = new Settler(options, pullMs);
  }

  override listen(callback: (error?: unknown) => void): void {
    this.#done = this.#run();
    callback();
  }

  /** Takes no more messages, finishes the running handlers and acknowledges. */
  override async close(): Promise<void> {
    this.#stop.abort();
    // nats-server 2.9 gives the first message that is handed back to a pull that has left, and then forgets it for the
    // length of ack_wait. So a pull comes to its end where something may be handed back.
    if (this.#handled.size > 0) await within(2 * pullMs, this.#pull);
    await within(pullMs, this.#pulls?.close());
    this.options.onStopping?.();
    await this.#done;
    this.#settler.close();
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
      this.#pulls?.interrupt();
    });
    const inHand = new InHand(bus);
    const pulls = this.#pullsOf(bus, inHand);
    this.#pulls = pulls;
    const troubles = new Troubles(this.options.log, this.options.source.messages);
    while (!this.#stop.signal.aborted) {
      try {
        await bus.whenConnected(this.#stop.signal);
        this.#ensured = true;
        this.#found = await this.ensure(bus);
        this.#gone.begin(this.#found.delivered);
        inHand.keepAlive(this.#found.ackWaitMs);
        await this.#consume(bus, pulls, inHand, troubles);
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        await sleep(troubles.met(error), undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
    leave();
    // What the server had sent when it heard that no more is wanted.
    await within(pullMs, pulls.close());
    await Promise.all(this.#handled);
    inHand.stop();
  }

  /** Makes the streams and the consumer that are missing; `listen` would do it, too. @throws BusError (`stream`), JetStreamError */
  ensure(bus: Bus): Promise<FoundConsumer> {
    const { source, log, ackWaitMs = 30_000, maxAckPending = 16 } = this.options;
    return ensureHubConsumer(bus, { ...source, ackWaitMs, maxAckPending }, log);
  }

  async #consume(bus: Bus, pulls: Pulls, inHand: InHand, troubles: Troubles): Promise<void> {
    const { signal } = this.#stop;
    const { concurrency = 1, maxBytes = Infinity } = this.options;
    while (!signal.aborted && bus.connected && this.#ensured) {
      await this.options.ready?.(signal);
      await inHand.below(Math.floor((3 * concurrency) / 4), (3 * maxBytes) / 4, signal);
      if (signal.aborted || !bus.connected || !this.#ensured) return;
      const batch = this.#room(bus, pulls, inHand);
      const pull = pulls.pull({ batch, expires_ms: pullMs, linger_ms: this.#found?.ackWaitMs ?? 0 });
      this.#pull = pull;
      const end = await pull;
      if (end.kind === 'over') {
        this.#silent = false;
        troubles.over();
      } else if (end.kind !== 'interrupted' && bus.connected && this.#ensured) {
        if (end.kind === 'failed' || this.#silent) throw end.error;
        // nats-server 2.9 forgets a pull whose time is over just when a message comes. The consumer may be gone, too.
        this.#silent = true;
        this.#ensured = false;
      }
    }
  }

  /** How many messages are asked for. */
  #room(bus: Bus, pulls: Pulls, inHand: InHand): number {
    const { concurrency = 1, maxBytes = Infinity } = this.options;
    const size = this.#size || bus.maxPayload;
    const room = Math.min(concurrency - inHand.count, (maxBytes - inHand.bytes) / size) - pulls.owed;
    return Math.max(1, Math.min(maxPull, Math.floor(room)));
  }

  #pullsOf(bus: Bus, inHand: InHand): Pulls {
    const take = (message: PullMessage, asked_ms: number): void => {
      // It is there before the first pull.
      const found = this.#found as FoundConsumer;
      const claim = inHand.add(message, asked_ms, found.ackWaitMs);
      this.#take(bus, message, this.#doubtful(message, found), inHand, claim);
    };
    const { stream, consumer = hubConsumer } = this.options.source;
    return new Pulls({ bus, stream, consumer, take });
  }

  /**
   * Whether it may have been delivered before, to whichever hub. A consumer that counts anew was made anew, or has lost
   * its last deliveries: it is looked at again, and until then all is doubtful.
   */
  #doubtful({ seq, info }: PullMessage, { doubtfulThrough }: FoundConsumer): boolean {
    const isFirst = info.deliveryCount === 1;
    if (info.deliverySequence <= this.#delivery || (isFirst && seq <= this.#newest)) this.#ensured = false;
    this.#delivery = info.deliverySequence;
    if (isFirst) this.#newest = seq;
    return seq <= doubtfulThrough || !this.#ensured;
  }

  #take(bus: Bus, message: PullMessage, doubtful: boolean, inHand: InHand, claim: Claim): void {
    this.options.onBacklog?.(message.info.pending);
    const { deliverySequence: delivery, deliveryCount } = message.info;
    const gone = this.#gone.take({ seq: message.seq, delivery }, deliveryCount === 1);
    if (gone > 0) this.options.onGone?.(gone);
    this.#size = Math.max(message.data.length, 0.9 * this.#size);
    const handled = this.#deliver(bus, message, doubtful, claim).finally(() => {
      inHand.remove(claim);
      this.#handled.delete(handled);
    });
    this.#handled.add(handled);
  }

  async #deliver(bus: Bus, message: PullMessage, doubtful: boolean, claim: Claim): Promise<void> {
    try {
      await this.#handle(message, contextOf(message, doubtful, claim));
      this.#settler.stored(message);
    } catch (error) {
      this.#settler.failed(bus, message, error);
    }
  }

  async #handle(message: PullMessage, context: DeliveryContext): Promise<void> {
    const pattern = [...this.messageHandlers.keys()].find((p) => matchesSubject(p, message.subject));
    const handler = pattern === undefined ? undefined : this.messageHandlers.get(pattern);
    if (!handler) throw new RejectBatch('subject', `no handler takes the subject ${message.subject}`);
    const result: unknown = await handler(message.data, context);
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  }
}

/** Resolves when the work is done, or the time is up. */
async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  await Promise.race([work, sleep(ms, undefined, { ref: false })]);
}

/** They are read only now: NATS passes on what no client library would send. */
function headersOf(message: PullMessage): Readonly<Record<string, string>> {
  try {
    return headerRecord(message.headers);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RejectBatch('headers', `its headers cannot be read: ${why}`, { cause });
  }
}

function contextOf(message: PullMessage, doubtful: boolean, claim: Claim): DeliveryContext {
  const headers = headersOf(message);
  return new DeliveryContext([
    {
      subject: message.subject,
      headers,
      sequence: message.seq,
      at_ms: message.info.at_ms,
      deliveries: message.info.deliveryCount,
      attempt: Number(headers[header.attempt] ?? 1),
      doubtful,
    },
    claim,
  ]);
}
