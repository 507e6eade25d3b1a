import { headers as natsHeaders } from '@nats-io/transport-node';
import { type Bus } from './bus.js';
import { type RejectBatch } from './delivery.js';
import { header } from './headers.js';
import { type PullMessage } from './pull-message.js';
import { subjects } from './subjects.js';

/** How much of a rejected message is shown to those who look for why. */
const copiedBytes = 64 * 1024;
const copiedHeaderBytes = 8 * 1024;

/** @returns `text` as a header's value may be: one line of printable ASCII, bounded */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 500);
}

/** Its own headers, as far as they can be read and are no more than a reader looks at. */
function ownHeaders(message: PullMessage): [string, string][] {
  const own: [string, string][] = [];
  let bytes = 0;
  try {
    for (const key of message.headers?.keys() ?? []) {
      const value = headerText(message.headers?.get(key) ?? '');
      bytes += key.length + value.length;
      if (bytes > copiedHeaderBytes) break;
      if (!key.startsWith('Nats-')) own.push([key, value]);
    }
  } catch {
    // whoever sent it keeps to no rules: it is shown without
  }
  return own;
}

/**
 * Shows a message that the hub does not take on `visor.v1.rejected`: its beginning, where it came from, and why.
 * @throws what the connection says, as when it is closed
 */
export function publishRejected(bus: Bus, message: PullMessage, why: RejectBatch): void {
  const shown: [string, string][] = [
    ...ownHeaders(message),
    [header.reason, headerText(`${why.reason}: ${why.message}`)],
    [header.subject, message.subject],
    [header.sequence, String(message.seq)],
    [header.bytes, String(message.data.length)],
  ];
  const headers = natsHeaders();
  for (const [key, value] of shown) headers.set(key, value);
  // It was as large as NATS takes, perhaps, and has more headers now.
  const headBytes = shown.reduce((sum, [key, value]) => sum + key.length + value.length + 4, 64);
  const room = Math.max(0, Math.min(copiedBytes, bus.maxPayload - headBytes));
  bus.connection.publish(subjects.rejected, message.data.subarray(0, room), { headers });
}
