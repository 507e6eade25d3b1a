import { type ResultFormat } from './engine.js';

/** The end of an Arrow stream: a continuation mark and no message. */
const endOfStream = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
const lineFeed = 0x0a;

/**
 * Several results of one form and the same columns as one: a header, or a schema, comes once. The first part decides them,
 * so there must be one even where it has no rows.
 * @param parts each a whole result
 */
export async function* joined(
  format: ResultFormat,
  parts: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let first = true;
  for await (const part of parts) {
    const piece = pieceOf[format](part, first);
    if (piece.length > 0) yield piece;
    first = false;
  }
  if (format === 'ArrowStream' && !first) yield endOfStream;
}

/** What a part adds to those before it. */
const pieceOf = {
  JSONEachRow: (part) => part,
  JSONCompactEachRow: (part) => part,
  // Names of columns have no line feeds.
  CSVWithNames: (part, first) => (first ? part : part.subarray(part.indexOf(lineFeed) + 1)),
  ArrowStream: (part, first) => part.subarray(first ? 0 : schemaLength(part), lengthWithoutEnd(part)),
} satisfies Record<ResultFormat, (part: Uint8Array, first: boolean) => Uint8Array>;

/** @returns the length of the first message, which has no body: a mark, a length, and so many bytes */
function schemaLength(stream: Uint8Array): number {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  return stream.length < 8 ? 0 : 8 + view.getInt32(4, true);
}

function lengthWithoutEnd(stream: Uint8Array): number {
  const at = stream.length - endOfStream.length;
  return at >= 0 && endOfStream.every((byte, i) => stream[at + i] === byte) ? at : stream.length;
}
