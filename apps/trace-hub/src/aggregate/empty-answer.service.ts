import { Injectable } from '@nestjs/common';
import { type Statement } from '#clickhouse';
import { formatTimestamp } from '#columns';
import { QueryService } from '../query/query.service.js';
import { type Searched } from '../read/envelope.js';
import { AgentsFound } from './agents-found.service.js';

/** µs; what a question leaves open is all that there is. */
export interface AskedTime {
  readonly sinceUs?: number | undefined;
  readonly untilUs?: number | undefined;
}

/** What the answer of a small table says where it has no rows: its rows are streamed, so nothing was counted of them. */
@Injectable()
export class EmptyAnswers {
  constructor(
    private readonly queries: QueryService,
    private readonly agents: AgentsFound,
  ) {}

  /** @param statement asked again, since it finds nothing: what it had to read is known then @throws Problem */
  async explain(
    statement: Statement,
    { sinceUs, untilUs }: AskedTime,
    signal: AbortSignal,
  ): Promise<{ searched: Searched }> {
    const { readRows, elapsed_ms } = await this.queries.whole(statement, { signal });
    const range = {
      ...(sinceUs !== undefined && { from_us: sinceUs }),
      ...(untilUs !== undefined && { to_us: untilUs }),
    };
    const agents = await this.agents.in(range, signal);
    const searched = { since: time(sinceUs), until: time(untilUs), rows_read: readRows, elapsed_ms };
    return { searched: agents ? { ...searched, agents } : searched };
  }
}

const time = (us: number | undefined): string | null => (us === undefined ? null : formatTimestamp(us));
