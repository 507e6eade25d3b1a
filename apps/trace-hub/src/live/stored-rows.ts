import { Injectable } from '@nestjs/common';
import { type LossJson, type LossQuery, selectRows, type RowQuery } from '#clickhouse';
import { AgentsService } from '../agents/agents.service.js';
import { LossRepository } from '../agents/loss.repository.js';
import { HubParts } from '../parts.js';
import { linesOf } from '../read/answer.js';

/** What the live stream reads from the store; all of it comes in the order of time. */
@Injectable()
export class StoredRows {
  constructor(
    private readonly parts: HubParts,
    private readonly agents: AgentsService,
    private readonly repository: LossRepository,
  ) {}

  /** Rows as JSON texts. @throws StoreError */
  async *lines(query: RowQuery): AsyncGenerator<string, void, undefined> {
    const decoder = new TextDecoder();
    for await (const chunk of this.parts.store.queryStream(selectRows(query))) {
      yield* linesOf(decoder.decode(chunk, { stream: true }));
    }
  }

  /** @throws StoreError */
  async losses(query: LossQuery): Promise<LossJson[]> {
    await this.agents.stored();
    return this.repository.list(query);
  }
}
