import { type JsMsg } from '@nats-io/jetstream';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { type Bus } from './bus.js';
import { type RejectBatch } from './delivery.js';
import { header } from './headers.js';
import { subjects } from './subjects.js';

/** How much of a rejected message is shown to those who look for why. */
const copiedBytes = 64 * 1024;

/** @returns `text` as a header's value may be: one line of printable ASCII, bounded */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 500);
}

/** Shows a message that the hub does not take on `visor.v1.rejected`: its beginning, where it came from, and why. */
export function publishRejected(bus: Bus, message: JsMsg, why: RejectBatch): void {
  const headers = natsHeaders();
  for (const key of message.headers?.keys() ?? []) {
    if (!key.startsWith('Nats-')) headers.set(key, headerText(message.headers?.get(key) ?? ''));
  }
  headers.set(header.reason, headerText(`${why.reason}: ${why.message}`));
  headers.set(header.subject, message.subject);
  headers.set(header.sequence, String(message.seq));
  headers.set(header.bytes, String(message.data.length));
  bus.connection.publish(subjects.rejected, message.data.subarray(0, copiedBytes), { headers });
}
