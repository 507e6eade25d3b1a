import { type Statement } from '#clickhouse';
import { type QueryOptions, type QueryService } from '../query/query.service.js';
import { type RowFormat } from './row-query.js';

/** @returns the lines of a chunk of NDJSON */
export const linesOf = (chunk: string): string[] => chunk.split('\n').filter((line) => line !== '');

/**
 * `{"rows":[…],"count":N}`; the count comes last, so that the rows need not be held.
 * @param empty what else a document without rows says
 */
export async function* rowsDocument(
  chunks: AsyncIterable<string>,
  empty: () => Promise<object> = () => Promise.resolve({}),
): AsyncGenerator<string> {
  let count = 0;
  for await (const chunk of chunks) {
    const lines = linesOf(chunk);
    if (lines.length === 0) continue;
    yield `${count === 0 ? '{"rows":[' : ','}${lines.join(',')}`;
    count += lines.length;
  }
  yield count === 0 ? JSON.stringify({ rows: [], count, ...(await empty()) }) : `],"count":${count}}`;
}

/** @param empty see rowsDocument @returns a table's answer in pieces, in any of the formats @throws Problem */
export async function* tablePieces(
  queries: QueryService,
  statement: Statement,
  { format, ...options }: QueryOptions & { readonly format: RowFormat },
  empty?: () => Promise<object>,
): AsyncGenerator<Uint8Array | string> {
  if (format === 'json') yield* rowsDocument(texts(queries.rows(statement, options)), empty);
  else yield* queries.rows(statement, { ...options, format });
}

async function* texts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
}
