import { malformed, WireError } from './errors.js';
import { isSchema, readFrames, type Frame } from './message.js';

/** Ends a stream: a continuation mark and metadata of no bytes. */
const END = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

function schemaOf(frames: Iterator<Frame>): Frame {
  const { value } = frames.next() as { value: Frame | undefined };
  if (!value || !isSchema(value)) throw malformed('it does not start with a schema');
  return value;
}

/**
 * @param bytes a whole Arrow IPC stream
 * @returns its schema message, byte by byte, as a text: streams with equal keys may be joined
 * @throws WireError 'malformed'
 */
export function schemaKey(bytes: Uint8Array): string {
  const { start, end } = schemaOf(readFrames(bytes));
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** @returns where the stream's dictionaries and record batches lie, after its schema and before its end mark */
function rowsOf(bytes: Uint8Array, schema: Uint8Array, at: number): Uint8Array {
  const frames = readFrames(bytes);
  const { start, end: first } = schemaOf(frames);
  if (!Buffer.from(schema.buffer, schema.byteOffset, schema.length).equals(bytes.subarray(start, first))) {
    throw new WireError(
      'join',
      'schema',
      `Stream ${at} has another schema than the first: join it with its like.`,
    );
  }
  let end = first;
  for (const frame of { [Symbol.iterator]: () => frames }) {
    if (isSchema(frame)) throw malformed('it has two schemas');
    end = frame.end;
  }
  return bytes.subarray(first, end);
}

/**
 * Makes one Arrow IPC stream of many without decoding: the schema once, then each stream's dictionaries and record
 * batches, then one end mark. A dictionary that comes again replaces the one before, for the rows after it; ClickHouse
 * reads it so.
 * @param streams whole streams with byte-equal schema messages, one at least
 * @returns the pieces of which the stream consists, views of the streams: a copy of all would be as large as they are
 * @throws WireError 'malformed', or 'schema' where a schema is not that of the first, and nothing else
 */
export function joinStreams(streams: readonly Uint8Array[]): readonly Uint8Array[] {
  const [first] = streams;
  if (!first) throw new WireError('join', 'empty', 'There are no streams to join.');
  const { start, end } = schemaOf(readFrames(first));
  const schema = first.subarray(start, end);
  const parts = streams.map((bytes, at) => rowsOf(bytes, schema, at));
  return streams.length === 1 ? streams : [schema, ...parts, END];
}
