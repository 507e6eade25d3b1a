import { type Engine, type Statement } from './engine.js';

/** @returns the rows of a small result */
export async function readRows<T>(engine: Engine, statement: Statement): Promise<T[]> {
  const text = await readText(engine.read(statement));
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** @returns the chunks as one text */
export async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}

/** NDJSON as one JSON array, chunk by chunk. A raw line feed is never within a row: JSON escapes it. */
export async function* jsonArray(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let separator = '[\n';
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    // latin1 is one character a byte, so a chunk may end within a character of UTF-8.
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    const ended = text.endsWith('\n');
    const lines = ended ? text.slice(0, -1) : text;
    yield Buffer.from(separator + lines.replaceAll('\n', ',\n'), 'latin1');
    separator = ended ? ',\n' : '';
  }
  yield Buffer.from(separator.startsWith('[') ? '[]\n' : '\n]\n');
}
