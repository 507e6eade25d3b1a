import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type LossJson, type LossQuery, selectRows, type RowQuery } from '#clickhouse';
import { AgentsService } from '../agents/agents.service.js';
import { LossRepository } from '../agents/loss.repository.js';
import { Problem } from '../http/problem.js';
import { QueryService } from '../query/query.service.js';
import { linesOf } from '../read/answer.js';

const tooMany = 429;
const retryMs = 500;

/** What the live stream reads from the store; all of it comes in the order of time. */
@Injectable()
export class StoredRows {
  constructor(
    private readonly queries: QueryService,
    private readonly agents: AgentsService,
    private readonly repository: LossRepository,
  ) {}

  /** Rows as JSON texts. Clients that come back all at once wait for their turn. @throws Problem */
  async *lines(query: RowQuery, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    for (;;) {
      try {
        const decoder = new TextDecoder();
        for await (const chunk of this.queries.rows(selectRows(query), { signal }))
          yield* linesOf(decoder.decode(chunk, { stream: true }));
        return;
      } catch (error) {
        // It is told before the first row.
        if (!(error instanceof Problem && error.status === tooMany) || signal.aborted) throw error;
        await sleep(retryMs * (1 + Math.random()), undefined, { signal });
      }
    }
  }

  /** @throws Problem, StoreError */
  async losses(query: LossQuery): Promise<LossJson[]> {
    await this.agents.stored();
    return this.repository.list(query);
  }
}
