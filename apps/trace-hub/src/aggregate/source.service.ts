import { Injectable } from '@nestjs/common';
import {
  type Needs,
  planFor,
  type SourceName,
  type SourcePlan,
  type Span,
  type Statement,
} from '#clickhouse';
import { formatTimestamp } from '#columns';
import { HubParts } from '../parts.js';
import { QueryService } from '../query/query.service.js';
import { keptNow } from './kept.js';
import { type Searched } from '../read/envelope.js';
import { AgentsFound } from './agents-found.service.js';

export interface Found<T> {
  readonly rows: readonly T[];
  readonly plan: SourcePlan;
  readonly source: SourceName;
  readonly searched: Searched;
}

export interface Question<T> {
  readonly needs: Needs;
  readonly range: Span;
  readonly statement: (plan: SourcePlan) => Statement;
  /** Whether the rows answer anything; where they do not, it is told who has rows in that time. */
  readonly any: (rows: readonly T[]) => boolean;
  readonly signal: AbortSignal;
}

/** Asks the rollups what they can answer, and the rows the rest. */
@Injectable()
export class SourceService {
  constructor(
    private readonly queries: QueryService,
    private readonly parts: HubParts,
    private readonly agents: AgentsFound,
  ) {}

  /** @throws Problem 422, 429, 503, 504 */
  async ask<T>({ needs, range, statement, any, signal }: Question<T>): Promise<Found<T>> {
    let rows_read = 0;
    let elapsed_ms = 0;
    const read = async <R>(asked: Statement): Promise<R[]> => {
      const { rows, ...told } = await this.queries.document<R>(asked, { signal });
      rows_read += told.readRows;
      elapsed_ms += told.elapsed_ms;
      return rows;
    };
    const kept = keptNow(this.parts.config);
    const plan = await planFor(needs, range, { kept, read });
    const rows = await read<T>(statement(plan));
    const agents = any(rows) ? undefined : await this.agents.in(plan.range, signal);
    const [since, until] = [formatTimestamp(plan.range.from_us), formatTimestamp(plan.range.to_us)];
    const searched = { since, until, rows_read, elapsed_ms, ...(agents && { agents }) };
    return { rows, plan, source: plan.source, searched };
  }
}
