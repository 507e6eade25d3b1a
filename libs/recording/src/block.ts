import { type ReceivedMessages } from '#netlink';
import {
  FORMAT_VERSION,
  MAGIC,
  MAX_RECORD_BYTES,
  MORE_FLAG,
  PREAMBLE_BYTES,
  RECEIVE_HEADER_BYTES,
  RECORD_HEADER_BYTES,
  type RecordedSocket,
  recordKinds,
  sockets,
  TIME_BYTES,
  TRUNCATED_BIT,
} from './format.js';
import { RecordingError } from './errors.js';
import {
  type RecordedTime,
  type RecordingHead,
  type RecordingTotals,
  type RulesetRecord,
} from './records.js';

const FIRST_BYTES = 256 * 1024;

/** Records as bytes, one after the other, until `take`. It is what the capture side fills: it makes no object a message. */
export class RecordBlock {
  #bytes = Buffer.from(new ArrayBuffer(FIRST_BYTES));
  #length = 0;

  /** Bytes written since the last `take` */
  get length(): number {
    return this.#length;
  }

  /** @returns what was written, in a buffer of its own that may go to another thread */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.from(new ArrayBuffer(FIRST_BYTES));
    this.#length = 0;
    return taken;
  }

  /** How a file begins: preamble and head. */
  head(head: RecordingHead): void {
    const at = this.#grow(PREAMBLE_BYTES);
    MAGIC.copy(this.#bytes, at);
    this.#bytes.writeUInt32LE(FORMAT_VERSION, at + MAGIC.length);
    this.#text(recordKinds.head, undefined, JSON.stringify(head));
  }

  /**
   * What a receive took, of it the first `count` messages.
   * @param more whether it took as many as it had room for
   */
  receive(
    time: RecordedTime,
    socket: RecordedSocket,
    ring: ReceivedMessages,
    count: number,
    more: boolean,
  ): void {
    let size = RECEIVE_HEADER_BYTES + 4 * count;
    for (let slot = 0; slot < count; slot++) size += ring.end(slot) - ring.start(slot);
    let at = this.#record(recordKinds.receive, size);
    const bytes = this.#bytes;
    this.#time(at, time);
    bytes[at + TIME_BYTES] = sockets.indexOf(socket);
    bytes[at + TIME_BYTES + 1] = more ? MORE_FLAG : 0;
    bytes.writeUInt16LE(count, at + TIME_BYTES + 2);
    at += RECEIVE_HEADER_BYTES;
    let from = at + 4 * count;
    for (let slot = 0; slot < count; slot++, at += 4) {
      const [start, end] = [ring.start(slot), ring.end(slot)];
      bytes.writeUInt32LE((end - start + (ring.truncated(slot) ? TRUNCATED_BIT : 0)) >>> 0, at);
      bytes.set(ring.bytes.subarray(start, end), from);
      from += end - start;
    }
  }

  overrun(time: RecordedTime, socket: RecordedSocket): void {
    const at = this.#record(recordKinds.overrun, TIME_BYTES + 1);
    this.#time(at, time);
    this.#bytes[at + TIME_BYTES] = sockets.indexOf(socket);
  }

  drops(total: number): void {
    const at = this.#record(recordKinds.drops, 8);
    this.#bytes.writeDoubleLE(total, at);
  }

  interface(index: number, name: string): void {
    const text = Buffer.from(name);
    const at = this.#record(recordKinds.interface, 4 + text.length);
    this.#bytes.writeUInt32LE(index, at);
    text.copy(this.#bytes, at + 4);
  }

  /** @throws RecordingError `too_large`: a ruleset whose rules alone fill more than a record may hold */
  ruleset({ at, tables, ...numbers }: Omit<RulesetRecord, 'kind'>): void {
    let json = JSON.stringify({ ...numbers, tables });
    if (Buffer.byteLength(json) > MAX_RECORD_BYTES - TIME_BYTES) {
      // a replay needs the rules; the tables' whole texts are for people
      const short = tables.map((table) => ('rules' in table ? { ...table, text: '' } : table));
      json = JSON.stringify({ ...numbers, tables: short });
    }
    if (Buffer.byteLength(json) > MAX_RECORD_BYTES - TIME_BYTES) {
      const limit = `${MAX_RECORD_BYTES / 2 ** 20} MiB`;
      throw new RecordingError(
        'write',
        'too_large',
        `the ruleset takes more than ${limit} and cannot be recorded`,
      );
    }
    this.#text(recordKinds.ruleset, at, json);
  }

  end(at: RecordedTime, totals: RecordingTotals): void {
    this.#text(recordKinds.end, at, JSON.stringify(totals));
  }

  #text(kind: number, time: RecordedTime | undefined, text: string): void {
    const bytes = Buffer.from(text);
    const head = time ? TIME_BYTES : 0;
    const at = this.#record(kind, head + bytes.length);
    if (time) this.#time(at, time);
    bytes.copy(this.#bytes, at + head);
  }

  /** @returns where its payload goes */
  #record(kind: number, size: number): number {
    const at = this.#grow(RECORD_HEADER_BYTES + size);
    this.#bytes.writeUInt32LE(size, at);
    this.#bytes[at + 4] = kind;
    return at + RECORD_HEADER_BYTES;
  }

  #time(at: number, { wall_us, monotonic_us }: RecordedTime): void {
    this.#bytes.writeDoubleLE(wall_us, at);
    this.#bytes.writeDoubleLE(monotonic_us, at + 8);
  }

  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.from(new ArrayBuffer(Math.max(this.#length, 2 * this.#bytes.length)));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}
