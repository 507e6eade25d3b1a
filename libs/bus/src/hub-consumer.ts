import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  type ConsumerConfig,
  type ConsumerInfo,
} from '@nats-io/jetstream';
import { millis, nanos } from '@nats-io/transport-node';
import { type Bus } from './bus.js';
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

function beginning({ since_ms, forgetMs }: WantedConsumer): Partial<ConsumerConfig> {
  return {
    ...(since_ms === undefined
      ? { deliver_policy: DeliverPolicy.All }
      : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(since_ms).toISOString() }),
    ...(forgetMs !== undefined && { inactive_threshold: nanos(forgetMs) }),
  };
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
  const { stream, subject, consumer = hubConsumer } = wanted;
  await ensureStreamsOnce(bus, log);
  // A server that crashed forgets its last deliveries and acknowledgements, a consumer made anew has none: both
  // deliver what is stored already as if for the first time.
  const doubtfulThrough = (await bus.manager.streams.info(stream)).state.last_seq;
  const api = bus.manager.consumers;
  let info = await api.info(stream, consumer).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === consumerNotFound) return undefined;
    throw error;
  });
  if (info) await raised(bus, wanted, info, log);
  info ??= await api.add(stream, {
    durable_name: consumer,
    ack_policy: AckPolicy.Explicit,
    ...beginning(wanted),
    filter_subject: subject,
    ack_wait: nanos(wanted.ackWaitMs),
    max_ack_pending: wanted.maxAckPending,
    max_deliver: -1,
  });
  const ackWaitMs = millis(info.config.ack_wait ?? 0) || wanted.ackWaitMs;
  return { ackWaitMs, doubtfulThrough };
}
