import {
  DeliverPolicy,
  JetStreamApiError,
  type ConsumerMessages,
  type OrderedConsumerOptions,
} from '@nats-io/jetstream';
import { type Bus } from './bus.js';
import { header, headerRecord } from './headers.js';
import { hubConsumer } from './hub-consumer.js';
import { tracesStream } from './streams.js';
import { agentOfTraces } from './subjects.js';

/** A batch as it lies in the stream. */
export interface LiveMessage {
  /** Its number in the stream. */
  readonly sequence: number;
  /** When the stream took it, µs since 1970 by the server's clock. */
  readonly time_us: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/**
 * A place in the stream: after message `sequence`, which the stream took at `time_us`. The time tells whether the
 * stream that has this number now is the one that was meant: numbers begin again with a stream that is made anew, and
 * go back with a server that lost the newest messages.
 */
export type Anchor = Pick<LiveMessage, 'sequence' | 'time_us'>;

/** Where the stream goes on after an anchor. */
export interface Located {
  /** Whether it is the stream that the anchor is of. */
  readonly same: boolean;
  /** The place to go on from: the next message is the one after it. */
  readonly place: Anchor;
  /** Messages after the anchor that the stream no longer has; 0 for another stream, where nobody knows. */
  readonly missing: number;
  /** When the stream took its first message, µs; undefined while it is empty. */
  readonly first_us: number | undefined;
}

/** Which batch a message of the stream is. */
export interface NamedBatch extends Anchor {
  readonly agentId: string;
  readonly batchId: bigint;
}

/** JSNoMessageFoundErr */
const noMessage = 10037;
/** Two ways of reading a time may differ by its rounding. */
const NEAR_US = 1;
/** Clocks of a cluster's servers, which stamp the stream and its messages. */
const CLOCKS_US = 1e6;
const PULL = 1000;

/** @param text RFC 3339 with up to nanoseconds @returns µs since 1970 */
export function serverTime_us(text: string): number {
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  const seconds = Date.parse(text.replace(/\.\d+/, '')) / 1000;
  return seconds * 1e6 + Number(fraction.padEnd(9, '0')) / 1000;
}

const rfc3339 = (us: number): string => {
  const seconds = Math.floor(us / 1e6);
  const fraction = String(Math.floor(us - seconds * 1e6)).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
};

/** What the stream of traces holds, read at any place of it. */
export class TraceHistory {
  constructor(private readonly bus: Promise<Bus>) {}

  /** @returns the place after the newest message */
  async end(): Promise<Anchor> {
    const { state, created } = await (await this.bus).manager.streams.info(tracesStream);
    const time = state.messages > 0 ? state.last_ts : created;
    return { sequence: state.last_seq, time_us: Math.floor(serverTime_us(time)) };
  }

  /** @returns the place up to which every batch of the stream is in ClickHouse, or was rejected */
  async storedThrough(): Promise<Anchor> {
    const { manager } = await this.bus;
    const info = await manager.consumers.info(tracesStream, hubConsumer);
    const sequence = info.ack_floor.stream_seq;
    const message = await this.fetch(sequence);
    if (message) return { sequence, time_us: message.time_us };
    const { created } = await manager.streams.info(tracesStream);
    return { sequence, time_us: Math.floor(serverTime_us(created)) };
  }

  /** @returns one message; undefined if the stream has it no more, or not yet */
  async fetch(sequence: number): Promise<LiveMessage | undefined> {
    if (sequence < 1) return undefined;
    const { manager } = await this.bus;
    const stored = await manager.streams
      .getMessage(tracesStream, { seq: sequence })
      .catch((error: unknown) => {
        if (error instanceof JetStreamApiError && error.code === noMessage) return null;
        throw error;
      });
    if (!stored) return undefined;
    return {
      sequence,
      time_us: Math.floor(serverTime_us(stored.timestamp)),
      subject: stored.subject,
      headers: headerRecord(stored.header),
      bytes: stored.data,
    };
  }

  /** @returns the place before the first message that the stream took after a time; its end where there is none */
  async placeAt(time_us: number): Promise<Anchor> {
    const first = await this.#firstAfter(time_us);
    if (first === undefined) return this.end();
    const before = await this.fetch(first - 1);
    return { sequence: first - 1, time_us: before?.time_us ?? time_us };
  }

  /** @returns where to go on after a place that was reached earlier, by whichever hub */
  async locate(anchor: Anchor): Promise<Located> {
    const { state, created } = await (await this.bus).manager.streams.info(tracesStream);
    const created_us = Math.floor(serverTime_us(created));
    const first = Math.max(1, state.first_seq);
    const first_us = state.messages > 0 ? Math.floor(serverTime_us(state.first_ts)) : undefined;
    if (await this.#isOther(anchor, first, state.last_seq, created_us)) {
      const after = created_us > anchor.time_us ? first : await this.#firstAfter(anchor.time_us);
      const sequence = (after ?? state.last_seq + 1) - 1;
      const time_us = (await this.fetch(sequence))?.time_us ?? created_us;
      return { same: false, place: { sequence, time_us }, missing: 0, first_us };
    }
    const sequence = Math.max(anchor.sequence, first - 1);
    const missing = sequence - anchor.sequence;
    return { same: true, place: { sequence, time_us: anchor.time_us }, missing, first_us };
  }

  /** The batches from after `sequence` to `through`, without their rows. */
  async *names(sequence: number, through: number): AsyncGenerator<NamedBatch> {
    if (sequence >= through || through < 1) return;
    const opt_start_seq = Math.max(1, sequence + 1);
    for await (const message of this.#read({
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq,
      headers_only: true,
    })) {
      if (message.seq > through) return;
      const agentId = agentOfTraces(message.subject);
      const batch = message.headers?.get(header.batch) ?? '';
      if (agentId !== undefined && /^\d{1,20}$/.test(batch)) {
        const time_us = Math.floor(message.info.timestampNanos / 1000);
        yield { sequence: message.seq, time_us, agentId, batchId: BigInt(batch) };
      }
      if (message.seq >= through || message.info.pending === 0) return;
    }
  }

  async #isOther(anchor: Anchor, first: number, last: number, created_us: number): Promise<boolean> {
    if (anchor.sequence > last || anchor.time_us < created_us - CLOCKS_US) return true;
    if (anchor.sequence < first || anchor.time_us === created_us) return false;
    const message = await this.fetch(anchor.sequence);
    return message !== undefined && Math.abs(message.time_us - anchor.time_us) > NEAR_US;
  }

  /** @returns the first message that the stream took after a time; undefined where there is none */
  async #firstAfter(time_us: number): Promise<number | undefined> {
    const { sequence: last } = await this.end();
    const last_us = (await this.fetch(last))?.time_us;
    if (last_us === undefined || last_us <= time_us + NEAR_US) return undefined;
    for await (const message of this.#read({
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: rfc3339(time_us + NEAR_US + 1),
      headers_only: true,
    }))
      return message.seq;
    return undefined;
  }

  async *#read(options: Partial<OrderedConsumerOptions>) {
    const { js } = await this.bus;
    const consumer = await js.consumers.get(tracesStream, options);
    let messages: ConsumerMessages | undefined;
    try {
      // Else it would be waited for what comes next.
      if ((await consumer.info()).num_pending === 0) return;
      messages = await consumer.consume({ max_messages: PULL, abort_on_missing_resource: true });
      yield* messages;
    } finally {
      await messages?.close();
      // It would go by itself after a while.
      await consumer.delete().catch(() => undefined);
    }
  }
}
