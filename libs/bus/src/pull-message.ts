import { type Msg } from '@nats-io/transport-node';

/** The server's account of a delivery, from its reply subject. */
export interface PullMessageInfo {
  /** Number in the stream. */
  readonly streamSequence: number;
  /** The consumer's number of this delivery. */
  readonly deliverySequence: number;
  /** 1, or more where it was delivered before. */
  readonly deliveryCount: number;
  /** When the stream took it, ms since 1970 by the server's clock. */
  readonly at_ms: number;
  /** How many messages wait behind it. */
  readonly pending: number;
}

/** Whose deliveries are taken. */
export interface ConsumerName {
  readonly stream: string;
  readonly consumer: string;
}

const encoder = new TextEncoder();
const acknowledged = encoder.encode('+ACK');
const notAcknowledged = encoder.encode('-NAK');
const working = encoder.encode('+WPI');
const terminated = encoder.encode('+TERM');

/**
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>`, or with a domain and an
 * account before the stream and, since 2.10, a token more at the end: ADR-15 of nats-architecture-and-design.
 */
const plainTokens = 9;
const domainTokens = 11;

function infoOf(reply: string, { stream, consumer }: ConsumerName): PullMessageInfo | undefined {
  const tokens = reply.split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK') return undefined;
  if (tokens.length !== plainTokens && tokens.length < domainTokens) return undefined;
  const from = tokens.length === plainTokens ? 2 : 4;
  if (tokens[from] !== stream || tokens[from + 1] !== consumer) return undefined;
  const numbers = tokens.slice(from + 2, from + 7);
  if (!numbers.every((token) => /^\d+$/.test(token))) return undefined;
  const [deliveryCount = 0, streamSequence = 0, deliverySequence = 0, at_ns = 0, pending = 0] =
    numbers.map(Number);
  return { deliveryCount, streamSequence, deliverySequence, at_ms: Math.floor(at_ns / 1e6), pending };
}

/** A message of a JetStream consumer, as a pull brings it. It is settled once: what comes after that is not sent. */
export class PullMessage {
  #settled = false;

  private constructor(
    private readonly message: Msg,
    readonly info: PullMessageInfo,
  ) {}

  /** @returns undefined where the reply subject is not that of a delivery of this consumer */
  static of(message: Msg, from: ConsumerName): PullMessage | undefined {
    const info = infoOf(message.reply ?? '', from);
    return info && new PullMessage(message, info);
  }

  get subject(): string {
    return this.message.subject;
  }

  get data(): Uint8Array {
    return this.message.data;
  }

  get headers(): Msg['headers'] {
    return this.message.headers;
  }

  /** Number in the stream. */
  get seq(): number {
    return this.info.streamSequence;
  }

  ack(): void {
    this.#settle(acknowledged);
  }

  /** Deliver it again, after so long. */
  nak(delay_ms: number): void {
    const delay = Math.round(delay_ms * 1e6);
    this.#settle(delay > 0 ? encoder.encode(`-NAK {"delay":${delay}}`) : notAcknowledged);
  }

  /** Never deliver it again. */
  term(): void {
    this.#settle(terminated);
  }

  /** Begin the wait for its acknowledgement anew. */
  working(): void {
    if (!this.#settled) this.message.respond(working);
  }

  #settle(payload: Uint8Array): void {
    if (this.#settled) return;
    this.#settled = true;
    this.message.respond(payload);
  }
}
