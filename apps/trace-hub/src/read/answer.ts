import { type Statement } from '#clickhouse';
import { type QueryOptions, type QueryService } from '../query/query.service.js';
import { type RowFormat } from './row-query.js';

/** @returns the lines of a chunk of NDJSON */
export const linesOf = (chunk: string): string[] => chunk.split('\n').filter((line) => line !== '');

/**
 * `{"rows":[…],"count":N}`; the count comes last, so that the rows need not be held.
 * @param more what else it says, by how many rows it has
 */
export async function* rowsDocument(
  chunks: AsyncIterable<string>,
  more: (count: number) => object | Promise<object> = () => ({}),
): AsyncGenerator<string> {
  let count = 0;
  for await (const chunk of chunks) {
    const lines = linesOf(chunk);
    if (lines.length === 0) continue;
    yield `${count === 0 ? '{"rows":[' : ','}${lines.join(',')}`;
    count += lines.length;
  }
  const rest = JSON.stringify({ count, ...(await more(count)) }).slice(1);
  yield count === 0 ? `{"rows":[],${rest}` : `],${rest}`;
}

/** @param more see rowsDocument @returns a table's answer in pieces, in any of the formats @throws Problem */
export async function* tablePieces(
  queries: QueryService,
  statement: Statement,
  { format, ...options }: QueryOptions & { readonly format: RowFormat },
  more?: (count: number) => object | Promise<object>,
): AsyncGenerator<Uint8Array | string> {
  if (format === 'json') yield* rowsDocument(texts(queries.rows(statement, options)), more);
  else yield* queries.rows(statement, { ...options, format });
}

async function* texts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
}
