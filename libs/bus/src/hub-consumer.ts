import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  type ConsumerInfo,
  type StreamState,
} from '@nats-io/jetstream';
import { millis, nanos } from '@nats-io/transport-node';
import { type Bus } from './bus.js';
import { type DeliveryPlace } from './gone-count.js';
import { type BusLog } from './log.js';
import { ensureStreams } from './streams.js';

/** The durable consumer that all replicas of the hub share. */
export const hubConsumer = 'hub';

/** JSConsumerNotFoundErr */
export const consumerNotFound = 10014;

export interface WantedConsumer {
  readonly stream: string;
  /** Pattern of the subjects that are wanted. */
  readonly subject: string;
  /** Its name; absent: hubConsumer. */
  readonly consumer?: string;
  /** As of StreamSource. */
  readonly since_ms?: number;
  readonly forgetMs?: number;
  readonly ackWaitMs: number;
  /** Most deliveries of all replicas that are not settled. */
  readonly maxAckPending: number;
}

export interface FoundConsumer {
  /** As the consumer has it, which may have been there before. */
  readonly ackWaitMs: number;
  /** What the stream held just now: the server may have lost that it delivered these. */
  readonly doubtfulThrough: number;
  /** Up to where all is settled; of one that was made the message before its first. Settlements of the last moment may be missing. */
  readonly settledThrough: number;
  /** What it delivered last. */
  readonly delivered: DeliveryPlace;
  /** Whether it was not there. */
  readonly made: boolean;
}

const running = new WeakMap<Bus, Promise<unknown>>();

/** Several consumers start at once over one connection: one of them looks after the streams. */
async function ensureStreamsOnce(bus: Bus, log: BusLog): Promise<void> {
  const looking = running.get(bus) ?? ensureStreams(bus, log).finally(() => running.delete(bus));
  running.set(bus, looking);
  await looking;
}

/** One that exists is left as the operator has it, but for deliveries that are too few for a large insert. */
async function raised(bus: Bus, wanted: WantedConsumer, known: ConsumerInfo, log: BusLog): Promise<void> {
  const { max_ack_pending: now = 0 } = known.config;
  if (now < 0 || now >= wanted.maxAckPending) return;
  const { consumer = hubConsumer } = wanted;
  const what = `max_ack_pending of the consumer ${consumer} of ${wanted.stream}`;
  try {
    await bus.manager.consumers.update(wanted.stream, consumer, { max_ack_pending: wanted.maxAckPending });
    log.log(`raised ${what} from ${now} to ${wanted.maxAckPending}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.warn(
      `${what} is ${now} and cannot be raised to ${wanted.maxAckPending} (${why}): fewer batches are combined`,
    );
  }
}

/** @returns the number of the stream's first message of that time or later, else of the next one to come */
async function firstSince(bus: Bus, { stream, since_ms = 0 }: WantedConsumer, next: number): Promise<number> {
  const reader = await bus.js.consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: new Date(since_ms).toISOString(),
    headers_only: true,
  });
  try {
    // Else it would be waited for what comes next.
    if ((await reader.info()).num_pending === 0) return next;
    return (await reader.next())?.seq ?? next;
  } finally {
    // It would go by itself after a while.
    await reader.delete().catch(() => undefined);
  }
}

/** @returns the number of its first message */
async function make(bus: Bus, wanted: WantedConsumer, { first_seq, last_seq }: StreamState): Promise<number> {
  const { stream, subject, since_ms, forgetMs, consumer = hubConsumer } = wanted;
  // The first one of a stream that has had none is 0.
  const first = since_ms === undefined ? Math.max(1, first_seq) : await firstSince(bus, wanted, last_seq + 1);
  await bus.manager.consumers.add(stream, {
    durable_name: consumer,
    ack_policy: AckPolicy.Explicit,
    ...(since_ms === undefined
      ? { deliver_policy: DeliverPolicy.All }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: first }),
    ...(forgetMs !== undefined && { inactive_threshold: nanos(forgetMs) }),
    filter_subject: subject,
    ack_wait: nanos(wanted.ackWaitMs),
    max_ack_pending: wanted.maxAckPending,
    max_deliver: -1,
  });
  return first;
}

/**
 * Makes the streams and the consumer that are missing.
 * @throws BusError (`stream`), JetStreamError
 */
export async function ensureHubConsumer(
  bus: Bus,
  wanted: WantedConsumer,
  log: BusLog,
): Promise<FoundConsumer> {
  const { stream, consumer = hubConsumer, ackWaitMs } = wanted;
  await ensureStreamsOnce(bus, log);
  // A server that crashed forgets its last deliveries and acknowledgements, a consumer made anew has none: both
  // deliver what is stored already as if for the first time.
  const { state } = await bus.manager.streams.info(stream);
  const doubtfulThrough = state.last_seq;
  const info = await bus.manager.consumers.info(stream, consumer).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === consumerNotFound) return undefined;
    throw error;
  });
  if (!info) {
    const first = await make(bus, wanted, state);
    const delivered = { seq: first - 1, delivery: 0 };
    return { ackWaitMs, doubtfulThrough, settledThrough: first - 1, delivered, made: true };
  }
  await raised(bus, wanted, info, log);
  const { ack_wait = 0, opt_start_seq = 1 } = info.config;
  // The floor is 0 until something is settled.
  const floor = Math.max(info.ack_floor.stream_seq, opt_start_seq - 1);
  return {
    ackWaitMs: millis(ack_wait) || ackWaitMs,
    doubtfulThrough,
    settledThrough: Math.min(floor, doubtfulThrough),
    delivered: { seq: info.delivered.stream_seq, delivery: info.delivered.consumer_seq },
    made: false,
  };
}
