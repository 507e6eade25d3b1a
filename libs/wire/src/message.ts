import { malformed } from './errors.js';
import { FlatTable } from './flatbuffer.js';

/** The frames and metadata of an Arrow IPC stream: format/{Message,Schema}.fbs of apache/arrow. */

const CONTINUATION = 0xffffffff;
const METADATA_V4 = 3;
const METADATA_V5 = 4;
const LITTLE_ENDIAN = 0;

/** union MessageHeader */
const HEADER = { schema: 1, dictionary: 2, batch: 3 } as const;

/** union Type, those in use */
const TYPE = { int: 2, utf8: 5, bool: 6, timestamp: 10, fixedSizeBinary: 15 } as const;
const UNIT_US = 2;

/** Bytes of a column's name or a time zone's. */
const MAX_NAME = 256;
const MAX_FIELDS = 1024;

export interface FieldInfo {
  readonly name: string;
  /** As Arrow prints it: `uint16`, `dictionary<utf8, int32>`. */
  readonly type: string;
  /** Of a dictionary column. */
  readonly dictionaryId?: number;
}

export interface BufferRange {
  readonly offset: number;
  readonly length: number;
}

/** A record batch, or the one column of a dictionary. */
export interface BatchInfo {
  readonly rows: number;
  /** [rows, nulls] of each column */
  readonly nodes: readonly (readonly [number, number])[];
  readonly buffers: readonly BufferRange[];
  /** What the buffers lie in; starts at a multiple of 8 bytes. */
  readonly body: Uint8Array;
}

export type Message =
  | { readonly kind: 'schema'; readonly fields: readonly FieldInfo[] }
  | { readonly kind: 'dictionary'; readonly id: number; readonly batch: BatchInfo }
  | { readonly kind: 'batch'; readonly batch: BatchInfo };

function intType(int: FlatTable | undefined): string {
  return `${int?.uint8(1) ? '' : 'u'}int${int?.int32(0) ?? 0}`;
}

function typeText(field: FlatTable): string {
  const type = field.table(3);
  switch (field.uint8(2)) {
    case TYPE.int:
      return intType(type);
    case TYPE.utf8:
      return 'utf8';
    case TYPE.bool:
      return 'bool';
    case TYPE.timestamp:
      return type?.int16(0) === UNIT_US
        ? `timestamp[us, ${type.text(1, MAX_NAME)}]`
        : 'timestamp of another unit';
    case TYPE.fixedSizeBinary:
      return `fixed_size_binary(${type?.int32(0)})`;
    default:
      return `type ${field.uint8(2)}`;
  }
}

function readField(field: FlatTable): FieldInfo {
  const name = field.text(0, MAX_NAME);
  const type = typeText(field);
  const dictionary = field.table(4);
  if (field.count(5) > 0) return { name, type: `nested ${type}` };
  if (!dictionary) return { name, type };
  // DictionaryEncoding.indexType left out means int32.
  const index = dictionary.has(1) ? intType(dictionary.table(1)) : 'int32';
  return { name, type: `dictionary<${type}, ${index}>`, dictionaryId: dictionary.size(0) };
}

function readBatch(batch: FlatTable | undefined, body: Uint8Array): BatchInfo {
  if (!batch) throw malformed('a batch has no header');
  if (batch.has(3)) throw malformed('its buffers are compressed; compress the stream as a whole instead');
  const buffers = batch.pairs(2).map(([offset, length]) => ({ offset, length }));
  for (const { offset, length } of buffers) {
    if (offset % 8 !== 0 || offset + length > body.length) {
      throw malformed(
        `a buffer of ${length} bytes at ${offset} is not inside its body of ${body.length} bytes`,
      );
    }
  }
  return { rows: batch.size(0), nodes: batch.pairs(1), buffers, body };
}

function readHeader(message: FlatTable, body: Uint8Array): Message {
  const version = message.int16(0);
  if (version !== METADATA_V4 && version !== METADATA_V5) throw malformed(`metadata version ${version}`);
  const header = message.table(2);
  if (!header) throw malformed('a message has no header');
  switch (message.uint8(1)) {
    case HEADER.schema:
      if (header.int16(0) !== LITTLE_ENDIAN) throw malformed('it is big-endian');
      if (header.count(1) > MAX_FIELDS) throw malformed(`it has ${header.count(1)} columns`);
      return { kind: 'schema', fields: header.tables(1).map(readField) };
    case HEADER.dictionary:
      if (header.uint8(2)) throw malformed('it has a delta dictionary');
      return { kind: 'dictionary', id: header.size(0), batch: readBatch(header.table(1), body) };
    case HEADER.batch:
      return { kind: 'batch', batch: readBatch(header, body) };
    default:
      throw malformed(`message type ${message.uint8(1)}`);
  }
}

/** Where one message of a stream lies: its prefix and metadata from `start`, its body from `body` to `end`. */
export interface Frame {
  readonly start: number;
  readonly body: number;
  readonly end: number;
  readonly message: FlatTable;
}

/**
 * @param bytes a whole stream
 * @returns its messages in order; the stream must end with its end mark and nothing after it
 * @throws WireError 'malformed'
 */
export function* readFrames(bytes: Uint8Array): Generator<Frame, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (;;) {
    const start = at;
    if (at + 8 > bytes.length) throw malformed(`it is cut off at byte ${bytes.length}`);
    if (view.getUint32(at, true) !== CONTINUATION) throw malformed(`no message starts at byte ${at}`);
    const metadata = view.getUint32(at + 4, true);
    at += 8;
    if (metadata === 0) break;
    if (metadata % 8 !== 0) throw malformed(`metadata of ${metadata} bytes are not aligned`);
    if (at + metadata > bytes.length) throw malformed(`it is cut off at byte ${bytes.length}`);
    const message = FlatTable.root(bytes.subarray(at, at + metadata));
    at += metadata;
    const bodyLength = message.size(3);
    if (bodyLength % 8 !== 0) throw malformed(`a body of ${bodyLength} bytes is not aligned`);
    if (at + bodyLength > bytes.length) throw malformed(`it is cut off at byte ${bytes.length}`);
    const end = at + bodyLength;
    yield { start, body: at, end, message };
    at = end;
  }
  if (at !== bytes.length) throw malformed(`${bytes.length - at} bytes follow its end`);
}

/** @returns whether the message is a schema */
export const isSchema = ({ message }: Frame): boolean => message.uint8(1) === HEADER.schema;

/**
 * @param bytes a whole stream; starts at a multiple of 8 bytes of its buffer
 * @returns its messages in order, read
 * @throws WireError 'malformed'
 */
export function* readMessages(bytes: Uint8Array): Generator<Message, void, undefined> {
  for (const { message, body, end } of readFrames(bytes))
    yield readHeader(message, bytes.subarray(body, end));
}
