import { Injectable } from '@nestjs/common';
import { type JsonRow } from '#columns';
import { type Filter } from '#filter';
import { answerOf, linesOf } from './answer.js';
import { type Portion, type RowFormat } from './row-query.js';
import { RowRepository } from './row.repository.js';

/** Rows of the store in the forms that people read. */
@Injectable()
export class ReadService {
  constructor(private readonly repository: RowRepository) {}

  /** @returns matching rows in the order of time */
  async *rows(
    filter: Filter | undefined,
    portion: Portion,
    signal = new AbortController().signal,
  ): AsyncGenerator<JsonRow> {
    for await (const chunk of this.repository.chunks(filter, portion, signal)) {
      for (const line of linesOf(chunk)) yield JSON.parse(line) as JsonRow;
    }
  }

  /** @returns see answerOf */
  body(
    filter: Filter | undefined,
    portion: Portion,
    format: RowFormat,
    signal: AbortSignal,
  ): Promise<AsyncIterable<string>> {
    return answerOf(this.repository.chunks(filter, portion, signal), format);
  }
}
