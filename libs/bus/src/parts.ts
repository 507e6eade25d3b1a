import { randomUUID } from 'node:crypto';
import { type PubAck } from '@nats-io/jetstream';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { type Bus } from './bus.js';
import { type DeliveryInfo, RejectBatch, RetryLater } from './delivery.js';
import { BusError } from './error.js';
import { header } from './headers.js';

/** A part is read back as base64 within JSON, which should be within what NATS calls a message, too. */
export const partBytes = 2 ** 19;
/** Room that the headers take of the server's max_payload. */
const headerRoom = 4096;
const maxParts = 128;
/** What a message may have at most, all of its parts together. */
export const maxMessageBytes = maxParts * partBytes;

export interface PartedMessage {
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

const partSize = (maxPayload: number): number => Math.max(1, Math.min(maxPayload - headerRoom, partBytes));

/** @returns how many bytes publishInParts takes at most: fewer than `maxMessageBytes` where the server takes small messages */
export const maxInParts = ({ maxPayload }: Pick<Bus, 'maxPayload'>): number =>
  maxParts * partSize(maxPayload);

/** @returns the pieces that a server with this limit takes */
function split(bytes: Uint8Array, maxPayload: number): Uint8Array[] {
  const size = partSize(maxPayload);
  if (bytes.length <= size) return [bytes];
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
}

/**
 * Publishes a message, in parts where it is large. The last part names the others by their numbers in the stream, so
 * that a reader holds nothing until it comes. Every id is random: the publishers of a stream share its duplicates.
 * @returns the stream's answer to the last part
 * @throws JetStreamError, BusError when the stream does not take a part: all parts are to be published again;
 * RangeError for more than `maxInParts`
 */
export async function publishInParts(
  bus: Bus,
  { subject, bytes, headers }: PartedMessage,
  timeoutMs: number,
): Promise<PubAck> {
  const parts = split(bytes, bus.maxPayload);
  if (parts.length > maxParts)
    throw new RangeError(`a message of ${bytes.length} bytes has more than ${maxParts} parts`);
  const message = randomUUID();
  const before: number[] = [];
  for (;;) {
    const at = before.length;
    const own = natsHeaders();
    for (const [name, value] of Object.entries(headers)) own.set(name, value);
    const last = at === parts.length - 1;
    if (parts.length > 1) {
      own.set(header.part, `${at + 1}/${parts.length}`);
      own.set(header.message, message);
      if (last) own.set(header.parts, before.join());
    }
    const piece = parts[at] ?? bytes;
    const options = { msgID: randomUUID(), headers: own, timeout: timeoutMs };
    const ack = await bus.js.publish(subject, piece, options);
    if (ack.duplicate) {
      const sentence =
        'the stream took a new message for a duplicate; another publisher uses our message ids';
      throw new BusError('publish', 'stream', sentence);
    }
    if (last) return ack;
    before.push(ack.seq);
  }
}

function bad(sentence: string): RejectBatch {
  return new RejectBatch('parts', sentence);
}

/** @returns where the parts before the last one are; undefined for a part that is not the last */
function partNumbers({ headers }: DeliveryInfo): number[] | undefined {
  const [, part, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(headers[header.part] ?? '') ?? [];
  const number = Number(part);
  if (part === undefined || number < 1 || number > Number(count) || Number(count) > maxParts)
    throw bad(`its header ${header.part} is ${JSON.stringify(headers[header.part])}, not as 2/3`);
  if (part !== count) return undefined;
  const numbers = (headers[header.parts] ?? '').split(',').map(Number);
  if (numbers.length !== number - 1 || !numbers.every((n) => Number.isSafeInteger(n) && n > 0))
    throw bad(`its header ${header.parts} does not name the ${number - 1} parts before it`);
  return numbers;
}

/**
 * Puts a delivered message together from its parts.
 * @returns its bytes; undefined for a part that is not the last: there is nothing to do with it
 * @throws RejectBatch (`parts`) when a part is missing or of another message, RetryLater when NATS does not answer
 */
export async function wholeMessage(
  bus: Bus,
  stream: string,
  bytes: Uint8Array,
  info: DeliveryInfo,
): Promise<Uint8Array | undefined> {
  if (info.headers[header.part] === undefined) return bytes;
  const numbers = partNumbers(info);
  if (!numbers) return undefined;
  const pieces: Uint8Array[] = [];
  for (const [at, seq] of numbers.entries()) {
    const stored = await bus.manager.streams.getMessage(stream, { seq }).catch((cause: unknown) => {
      throw new RetryLater(`NATS does not give part ${at + 1} of a message`, 2000, { cause });
    });
    const same =
      stored?.subject === info.subject &&
      stored.header.get(header.message) === info.headers[header.message] &&
      stored.header.get(header.part) === `${at + 1}/${numbers.length + 1}`;
    if (!same) throw bad(`its part ${at + 1} is not in the stream any more (number ${seq})`);
    pieces.push(stored.data);
  }
  const whole = Buffer.concat([...pieces, bytes]);
  if (whole.length > maxMessageBytes)
    throw bad(`it has ${whole.length} bytes; at most ${maxMessageBytes} are taken`);
  return whole;
}
