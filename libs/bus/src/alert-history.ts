import { DeliverPolicy, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import { type AlertMessage, parseAlertMessage } from './alert-message.js';
import { type Bus } from './bus.js';
import { header } from './headers.js';
import { alertsStream } from './streams.js';

/** Alerts that were published since a place of their stream. */
export interface PublishedAlerts {
  /** Of each message its number in the stream, by alertMessageId. */
  readonly ids: ReadonlyMap<string, number>;
  /** Those that fired and were not resolved. */
  readonly open: readonly AlertMessage[];
  /** The place that was gone on from: the newest message before those; without one the end of the stream. */
  readonly after: number;
}

/** A message of the stream of alerts. */
export interface PastAlert {
  readonly sequence: number;
  /** When the stream took it, ms since 1970 by the server's clock. */
  readonly at_ms: number;
  readonly bytes: Uint8Array;
}

const pull = 1000;

/**
 * @param after undefined: all that the stream has. Numbers that were not given yet are of a stream that is gone: all of this one
 * came after.
 * @throws JetStreamError where NATS does not answer
 */
export async function publishedAlerts(bus: Bus, after: number | undefined): Promise<PublishedAlerts> {
  const last = await lastAlert(bus);
  const from = after === undefined || after > last ? 0 : after;
  const ids = new Map<string, number>();
  const open = new Map<string, AlertMessage>();
  for await (const { headers, seq, data } of between(bus, from, last)) {
    const id = headers?.get(header.msgId);
    if (id) ids.set(id, seq);
    const alert = parseAlertMessage(data);
    if ('malformed' in alert) continue;
    if (alert.state === 'firing') open.set(alert.id, alert);
    else open.delete(alert.id);
  }
  return { ids, open: [...open.values()], after: after === undefined ? last : from };
}

/** @returns the number of the newest message of the stream of alerts @throws JetStreamError where NATS does not answer */
async function lastAlert(bus: Bus): Promise<number> {
  return (await bus.manager.streams.info(alertsStream)).state.last_seq;
}

/**
 * The messages of the stream of alerts from after one number to another; those that it has no more are left out.
 * @throws JetStreamError where NATS does not answer
 */
export async function* alertsBetween(
  bus: Bus,
  after: number,
  through: number,
): AsyncGenerator<PastAlert, void, undefined> {
  for await (const { seq, data, info } of between(bus, after, through))
    yield { sequence: seq, at_ms: Math.floor(info.timestampNanos / 1e6), bytes: data };
}

async function* between(bus: Bus, after: number, through: number): AsyncGenerator<JsMsg, void, undefined> {
  if (after >= through) return;
  const consumer = await bus.js.consumers.get(alertsStream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
  });
  let messages: ConsumerMessages | undefined;
  try {
    // Else it would be waited for what comes next.
    if ((await consumer.info()).num_pending === 0) return;
    messages = await consumer.consume({ max_messages: pull, abort_on_missing_resource: true });
    for await (const message of messages) {
      if (message.seq > through) return;
      yield message;
      if (message.seq === through || message.info.pending === 0) return;
    }
  } finally {
    await messages?.close();
    // It would go by itself after a while.
    await consumer.delete().catch(() => undefined);
  }
}
