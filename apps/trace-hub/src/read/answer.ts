import { type RowFormat } from './row-query.js';

/** @returns the lines of a chunk of NDJSON */
export const linesOf = (chunk: string): string[] => chunk.split('\n').filter((line) => line !== '');

/** `{"rows":[…],"count":N}`; the count comes last, so that the rows need not be held. */
async function* envelope(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let count = 0;
  for await (const chunk of chunks) {
    const lines = linesOf(chunk);
    if (lines.length === 0) continue;
    yield `${count === 0 ? '{"rows":[' : ','}${lines.join(',')}`;
    count += lines.length;
  }
  yield count === 0 ? '{"rows":[],"count":0}' : `],"count":${count}}`;
}

/**
 * @param chunks NDJSON in chunks of whole lines
 * @returns the answer's text in pieces; it resolves with the first piece at hand, so that a query that fails can still be
 * answered with a problem
 */
export async function answerOf(
  chunks: AsyncIterable<string>,
  format: RowFormat,
): Promise<AsyncIterable<string>> {
  const pieces = (format === 'jsonl' ? chunks : envelope(chunks))[Symbol.asyncIterator]();
  const first = await pieces.next();
  return (async function* () {
    if (!first.done) yield first.value;
    yield* { [Symbol.asyncIterator]: () => pieces };
  })();
}
