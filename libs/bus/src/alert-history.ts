import { DeliverPolicy, type ConsumerMessages } from '@nats-io/jetstream';
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
  const { last_seq } = (await bus.manager.streams.info(alertsStream)).state;
  const ids = new Map<string, number>();
  if (after === undefined || after >= last_seq) return { ids, after: last_seq };
  const consumer = await bus.js.consumers.get(alertsStream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
    headers_only: true,
  });
  let messages: ConsumerMessages | undefined;
  try {
    // Else it would be waited for what comes next.
    if ((await consumer.info()).num_pending === 0) return { ids, after };
    messages = await consumer.consume({ max_messages: pull, abort_on_missing_resource: true });
    for await (const message of messages) {
      const id = message.headers?.get(header.msgId);
      if (id) ids.set(id, message.seq);
      if (message.seq >= last_seq || message.info.pending === 0) break;
    }
    return { ids, after };
  } finally {
    await messages?.close();
    // It would go by itself after a while.
    await consumer.delete().catch(() => undefined);
  }
}
