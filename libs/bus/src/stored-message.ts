import { FieldReader } from './field-reader.js';

/** Most batches that one message names; who has more sends more messages. */
export const maxBatchesTold = 1000;

/** A batch that never comes into ClickHouse, and why. */
export interface RejectedBatch {
  readonly batchId: bigint;
  /** One word, as in `visor.v1.rejected`: `rows`, `schema` … */
  readonly reason: string;
}

/**
 * What the hub tells an agent on `visor.v1.stored.<agent>` after each commit, and answers to its questions. Both may be
 * lost and both may be told again.
 */
export interface StoredMessage {
  /** These are in ClickHouse, whole: the agent may forget them. */
  readonly stored: readonly bigint[];
  /** These the hub refuses for good: the agent has to count them as lost. */
  readonly rejected: readonly RejectedBatch[];
  /** In answers alone: neither ClickHouse nor the stream has these: the agent has to publish them again. */
  readonly again: readonly bigint[];
}

/** A batch that an agent has not been told of for long. */
export interface AskedBatch {
  readonly batchId: bigint;
  readonly rows: number;
  /** Its number in the stream as the stream's acknowledgement said; 0 = not known (the agent was started anew). */
  readonly sequence: number;
  /** When its first and its last event were seen, µs since 1970. */
  readonly from_us: number;
  readonly until_us: number;
}

const number = /^\d{1,20}$/;
const bounds = { values: 8 * maxBatchesTold, depth: 3 };

/** @returns the message as it goes over the bus: JSON, ids as strings, as JSON's numbers end at 2^53 */
export function encodeStored({ stored, rejected, again }: StoredMessage): Uint8Array {
  const json = {
    stored: stored.map(String),
    rejected: rejected.map(({ batchId, reason }) => ({ batch: String(batchId), reason })),
    again: again.map(String),
  };
  return new TextEncoder().encode(JSON.stringify(json));
}

/** @returns the message, or in one sentence what is wrong with it */
export function decodeStored(bytes: Uint8Array): StoredMessage | string {
  const fields = FieldReader.parse(bytes, bounds);
  const message = {
    stored: ids(fields, 'stored'),
    rejected: fields.objects('rejected', maxBatchesTold, (item) => ({
      batchId: id(item),
      reason: item.cutText('reason', 64),
    })),
    again: ids(fields, 'again'),
  };
  return fields.fault ?? message;
}

/** @returns the question as it goes over the bus, to `visor.v1.ask.<agent>`; its answer is a StoredMessage */
export function encodeAsk(batches: readonly AskedBatch[]): Uint8Array {
  const list = batches.map(({ batchId, ...rest }) => ({ batch: String(batchId), ...rest }));
  return new TextEncoder().encode(JSON.stringify({ batches: list }));
}

/** @returns the batches asked for, or in one sentence what is wrong with the question */
export function decodeAsk(bytes: Uint8Array): AskedBatch[] | string {
  const fields = FieldReader.parse(bytes, bounds);
  const batches = fields.objects('batches', maxBatchesTold, (item) => ({
    batchId: id(item),
    rows: item.count('rows', 1),
    sequence: item.count('sequence'),
    from_us: item.time('from_us'),
    until_us: item.time('until_us'),
  }));
  return fields.fault ?? batches;
}

function ids(fields: FieldReader, name: string): bigint[] {
  return fields.texts(name, maxBatchesTold, 20).map((text) => parseId(fields, name, text));
}

function id(fields: FieldReader): bigint {
  return parseId(fields, 'batch', fields.text('batch', 20));
}

function parseId(fields: FieldReader, name: string, text: string): bigint {
  const value = number.test(text) ? BigInt(text) : -1n;
  if (value >= 0n && value < 1n << 64n) return value;
  fields.refuse(name, 'has what is no batch id');
  return 0n;
}
