import { Injectable } from '@nestjs/common';
import { type LossJson, type LossQuery, selectLosses } from '#clickhouse';
import { QueryService } from '../query/query.service.js';

/** Losses of ClickHouse. */
@Injectable()
export class LossRepository {
  constructor(private readonly queries: QueryService) {}

  /** @returns losses in the order of their ends @throws Problem */
  async list(query: LossQuery, signal = new AbortController().signal): Promise<LossJson[]> {
    const { rows } = await this.queries.document<LossJson>(selectLosses(query), { signal, patient: true });
    return rows;
  }
}
