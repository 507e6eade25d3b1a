import { createInbox, nanos, type Msg, type Subscription } from '@nats-io/transport-node';
import { type Bus } from './bus.js';
import { BusError } from './error.js';
import { PullMessage, type ConsumerName } from './pull-message.js';
import { statusOf } from './pull-status.js';
import { refusalIn, refusalSentence } from './refusal.js';

export interface PullRequest {
  /** Most messages. */
  readonly batch: number;
  /** How long the server waits for them. */
  readonly expires_ms: number;
  /** How long what comes after an early end is still taken: the consumer's ack_wait, after which it comes anew. */
  readonly linger_ms: number;
}

export interface PullParts extends ConsumerName {
  readonly bus: Bus;
  /** @param asked_ms by performance.now(): when the pull began that brought it */
  readonly take: (message: PullMessage, asked_ms: number) => void;
  /** After a pull's time the server has so long to say that it is over; default 500 ms. */
  readonly grace_ms?: number;
}

/** What a pull ended for. */
export type PullEnd =
  /** It brought all, or its time was over. */
  | { readonly kind: 'over' }
  /** Whoever began it wants no more of it. */
  | { readonly kind: 'interrupted' }
  /** The server answers, but said nothing of it: it has forgotten it, or has no such consumer. */
  | { readonly kind: 'silent'; readonly error: BusError }
  | { readonly kind: 'failed'; readonly error: BusError };

/**
 * The server closes a connection with more than 64 MiB (`max_pending`) on the way to it, and what was on the way waits for
 * ack_wait. A cap, not a measure of room: nats-server 2.9 forgets a repeated delivery that does not fit for as long.
 */
const mostBytes = 32 * 2 ** 20;

/** The server's word on how many messages of a pull it has not sent. */
const pendingHeader = 'Nats-Pending-Messages';

/**
 * One request for messages, and the inbox that they come to. The inbox stays for a while where the server may not have
 * sent all of them when the pull is given up: to nobody they would be lost for the length of ack_wait.
 */
export class Pull {
  readonly ended: Promise<PullEnd>;
  readonly #asked_ms = performance.now();
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #silence: NodeJS.Timeout;
  #linger: NodeJS.Timeout | undefined;
  #left: number;
  #silent = false;
  #end: ((end: PullEnd) => void) | undefined;

  /** @param forgotten is called when the inbox is closed @throws what the connection says, as when it is closed */
  constructor(
    private readonly parts: PullParts,
    private readonly request: PullRequest,
    private readonly forgotten: () => void,
  ) {
    const { bus, stream, consumer, grace_ms = 500 } = parts;
    const { batch, expires_ms } = request;
    this.#left = batch;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#inbox = createInbox(bus.role.inboxPrefix);
    this.#subscription = bus.connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error) this.#refused(error);
        else this.#arrived(message);
      },
    });
    const max_bytes = Math.max(mostBytes, 2 * bus.maxPayload);
    const asked = JSON.stringify({ batch, expires: nanos(expires_ms), max_bytes });
    bus.connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, asked, { reply: this.#inbox });
    this.#silence = setTimeout(() => void this.#nothingComes(), expires_ms + grace_ms);
  }

  /** How many messages may still come of a pull that was given up because the server said nothing. */
  get owed(): number {
    return this.#silent ? this.#left : 0;
  }

  /** No more is wanted of it; what the server has sent is taken. */
  interrupt(): void {
    this.#finish({ kind: 'interrupted' });
  }

  /** Tells the server to send no more. @returns when all that it has sent is taken */
  async drain(): Promise<void> {
    this.interrupt();
    const { bus } = this.parts;
    if (!this.#subscription.isClosed() && bus.connected)
      await this.#subscription.drain().catch(() => undefined);
    this.#forget();
  }

  #finish(end: PullEnd, settled = false): void {
    clearTimeout(this.#silence);
    this.#end?.(end);
    this.#end = undefined;
    if (settled) return this.#forget();
    this.#linger ??= setTimeout(() => this.#forget(), this.request.linger_ms).unref();
  }

  #forget(): void {
    clearTimeout(this.#linger);
    if (!this.#subscription.isClosed() && !this.parts.bus.connection.isClosed())
      this.#subscription.unsubscribe();
    this.forgotten();
  }

  #arrived(message: Msg): void {
    // A delivery bears the stream's subject; what bears the inbox is the server's word on the pull.
    if (message.subject === this.#inbox) return this.#told(message);
    const delivered = PullMessage.of(message, this.parts);
    if (!delivered) return;
    if (this.#end) this.#silence.refresh();
    this.parts.take(delivered, this.#asked_ms);
    if (--this.#left <= 0) this.#finish({ kind: 'over' }, true);
  }

  #told({ headers }: Msg): void {
    const status = statusOf(
      headers?.code ?? 0,
      headers?.description ?? '',
      headers?.get(pendingHeader),
      this.parts,
    );
    if (status.kind === 'failed') this.#finish(status);
    // It may have sent more than has come, over another way through a cluster.
    else if (status.kind === 'over') this.#finish({ kind: 'over' }, this.#left <= status.undelivered);
  }

  /** The login may not listen to answers. */
  #refused(cause: Error): void {
    const refusal = refusalIn(cause);
    const sentence = refusal ? refusalSentence(this.parts.bus.servers, [refusal]) : cause.message;
    this.#finish({ kind: 'failed', error: new BusError('pull', 'permission', sentence, { cause }) }, true);
  }

  /**
   * This process or the server may have stood still, or much else is on its way to us: what the server has sent comes
   * before its answer to a PING.
   */
  async #nothingComes(): Promise<void> {
    const left = this.#left;
    await this.parts.bus.connection.flush().catch(() => undefined);
    if (!this.#end || this.#left < left) return;
    const { stream, consumer } = this.parts;
    this.#silent = true;
    const sentence = `NATS does not answer a pull from the consumer ${consumer} of ${stream}`;
    this.#finish({ kind: 'silent', error: new BusError('pull', 'unavailable', sentence) });
  }
}
