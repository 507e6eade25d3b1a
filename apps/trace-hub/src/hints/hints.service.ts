import { Injectable } from '@nestjs/common';
import {
  hintNeeds,
  type HintQuery,
  type HintRecord,
  selectHints,
  type SourceName,
  type Span,
} from '#clickhouse';
import { type ColumnName } from '#columns';
import { SourceService } from '../aggregate/source.service.js';
import { type Searched } from '../read/envelope.js';
import { type Table } from '../aggregate/table-format.js';

/** Values of a column, the most frequent first. */
export interface HintsJson {
  readonly field: ColumnName;
  readonly values: readonly HintRecord[];
  readonly count: number;
  /** Whether there are more values than these. */
  readonly more: boolean;
  readonly source: SourceName;
  readonly searched: Searched;
}

/** What the rows have in a column. */
@Injectable()
export class HintsService {
  constructor(private readonly source: SourceService) {}

  /** @throws Problem */
  async ask(query: HintQuery, range: Span, signal: AbortSignal): Promise<HintsJson> {
    const { rows, source, searched } = await this.source.ask<HintRecord>({
      needs: hintNeeds(query),
      range,
      statement: (plan) => selectHints(query, plan),
      any: (rows) => rows.length > 0,
      signal,
    });
    const values = rows.slice(0, query.limit);
    return {
      field: query.column,
      values,
      count: values.length,
      more: rows.length > values.length,
      source,
      searched,
    };
  }
}

export const hintTable = ({ values }: HintsJson): Table => ({
  columns: ['value', 'count'],
  rows: values.map(({ value, count }) => ({ value, count })),
});
