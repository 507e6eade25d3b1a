import { Injectable } from '@nestjs/common';
import { type JsonRow } from '#columns';
import { type Filter } from '#filter';
import { type Portion, type RowFormat } from './row-query.js';
import { RowRepository } from './row.repository.js';

/** Rows of the store in the forms that people read. */
@Injectable()
export class ReadService {
  constructor(private readonly repository: RowRepository) {}

  /** @returns matching rows in the order of time */
  async *rows(filter: Filter | undefined, portion: Portion): AsyncGenerator<JsonRow> {
    for await (const chunk of this.repository.chunks(filter, portion)) {
      for (const line of linesOf(chunk)) yield JSON.parse(line) as JsonRow;
    }
  }

  /**
   * @returns the answer's text in pieces; it resolves with the first piece at hand, so that a query that fails can
   * still be answered with a problem
   */
  async body(
    filter: Filter | undefined,
    portion: Portion,
    format: RowFormat,
  ): Promise<AsyncIterable<string>> {
    const chunks = this.repository.chunks(filter, portion);
    const pieces = format === 'jsonl' ? chunks : envelope(chunks);
    const first = await pieces.next();
    return (async function* () {
      if (!first.done) yield first.value;
      yield* pieces;
    })();
  }
}

const linesOf = (chunk: string): string[] => chunk.split('\n').filter((line) => line !== '');

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
