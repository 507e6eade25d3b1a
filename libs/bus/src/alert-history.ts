import { DeliverPolicy, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import { type Bus } from './bus.js';
import { header } from './headers.js';
import { alertsStream } from './streams.js';

/** Alerts that were published since a place of their stream. */
export interface PublishedAlerts {
  /** Of each message its number in the stream, by alertMessageId. */
  readonly ids: ReadonlyMap<string, number>;
  /** The place: the newest message before those. */
  readonly after: number;
}

const pull = 1000;

/**
 * @param after undefined: the end of the stream
 * @throws JetStreamError where NATS does not answer
 */
export async function publishedAlerts(bus: Bus, after: number | undefined): Promise<PublishedAlerts> {
  const last = await lastAlert(bus);
  const ids = new Map<string, number>();
  if (after === undefined || after >= last) return { ids, after: last };
  for await (const { headers, seq } of between(bus, after, last, true)) {
    const id = headers?.get(header.msgId);
    if (id) ids.set(id, seq);
  }
  return { ids, after };
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
): AsyncGenerator<{ readonly sequence: number; readonly bytes: Uint8Array }, void, undefined> {
  for await (const { seq, data } of between(bus, after, through, false)) yield { sequence: seq, bytes: data };
}

async function* between(
  bus: Bus,
  after: number,
  through: number,
  headers_only: boolean,
): AsyncGenerator<JsMsg, void, undefined> {
  if (after >= through) return;
  const consumer = await bus.js.consumers.get(alertsStream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
    headers_only,
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
