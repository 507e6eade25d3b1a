import { Injectable } from '@nestjs/common';
import { type LossJson, type LossQuery, selectLosses } from '#clickhouse';
import { HubParts } from '../parts.js';
import { linesOf } from '../read/answer.js';

/** Losses of ClickHouse. */
@Injectable()
export class LossRepository {
  constructor(private readonly parts: HubParts) {}

  /** @returns losses in the order of their ends as NDJSON, in chunks of whole lines; StoreError when it fails */
  async *chunks(query: LossQuery): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    for await (const chunk of this.parts.store.queryStream(selectLosses(query))) yield decoder.decode(chunk);
  }

  /** @throws StoreError */
  async list(query: LossQuery): Promise<LossJson[]> {
    const losses: LossJson[] = [];
    for await (const chunk of this.chunks(query)) {
      losses.push(...linesOf(chunk).map((line) => JSON.parse(line) as LossJson));
    }
    return losses;
  }
}
