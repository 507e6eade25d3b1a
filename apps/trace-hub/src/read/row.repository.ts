import { Injectable } from '@nestjs/common';
import { selectRows } from '#clickhouse';
import { type Filter } from '#filter';
import { QueryService } from '../query/query.service.js';
import { type Portion } from './row-query.js';

/** Rows of ClickHouse. */
@Injectable()
export class RowRepository {
  constructor(private readonly queries: QueryService) {}

  /** @returns matching rows in the order of time as NDJSON, in chunks of whole lines @throws Problem */
  async *chunks(
    filter: Filter | undefined,
    { end, count }: Portion,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const take = end === 'first' ? { first: count } : { last: count };
    const decoder = new TextDecoder();
    const statement = selectRows({ decisive: false, filter, take });
    for await (const chunk of this.queries.rows(statement, { signal })) {
      yield decoder.decode(chunk);
    }
  }
}
