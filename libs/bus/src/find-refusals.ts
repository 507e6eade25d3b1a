import { setImmediate } from 'node:timers/promises';
import { headers as natsHeaders, type MsgHdrs } from '@nats-io/transport-node';
import { type Bus } from './bus.js';
import { type Refusal } from './refusal.js';
import { noStream } from './subjects.js';

/** No request of JetStream's API, nor an acknowledgement, is that: nothing is done. */
const nonsense = '{';

/** @returns whether a message that a subscriber got only asked NATS for permission */
export const isStartCheck = ({ headers }: { readonly headers?: MsgHdrs | undefined }): boolean =>
  headers?.get('Nats-Expected-Stream') === noStream;

/**
 * Finds out what NATS refuses without leaving anything there: messages that no stream takes and no API understands, and
 * subscriptions that end at once. NATS refuses in the order of the messages and before it answers a ping.
 */
export async function findRefusals(
  bus: Bus,
  subjects: { readonly publish: readonly string[]; readonly subscribe: readonly string[] },
): Promise<Refusal[]> {
  const wanted = new Set([...subjects.publish, ...subjects.subscribe]);
  const refused: Refusal[] = [];
  const leave = bus.onRefused((refusal) => {
    if (wanted.has(refusal.subject)) refused.push(refusal);
  });
  const { connection } = bus;
  const headers = natsHeaders();
  headers.set('Nats-Expected-Stream', noStream);
  for (const subject of subjects.publish) connection.publish(subject, nonsense, { headers });
  const listening = subjects.subscribe.map((subject) =>
    connection.subscribe(subject, { callback: () => undefined }),
  );
  await connection.flush();
  // The connection tells of refusals by turns of its own.
  await setImmediate();
  for (const subscription of listening) subscription.unsubscribe();
  leave();
  return refused;
}
