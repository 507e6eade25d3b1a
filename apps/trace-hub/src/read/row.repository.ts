import { Injectable } from '@nestjs/common';
import { selectRows } from '#clickhouse';
import { type Filter } from '#filter';
import { HubParts } from '../parts.js';
import { type Portion } from './row-query.js';

/** Rows of ClickHouse. */
@Injectable()
export class RowRepository {
  constructor(private readonly parts: HubParts) {}

  /** @returns matching rows in the order of time as NDJSON, in chunks of whole lines; StoreError when it fails */
  async *chunks(filter: Filter | undefined, { end, count }: Portion): AsyncGenerator<string> {
    const take = end === 'first' ? { first: count } : { last: count };
    const decoder = new TextDecoder();
    for await (const chunk of this.parts.store.queryStream(selectRows({ decisive: false, filter, take }))) {
      yield decoder.decode(chunk);
    }
  }
}
