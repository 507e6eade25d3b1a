import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AgentsService } from '../agents/agents.service.js';
import { LossRepository } from '../agents/loss.repository.js';
import { unavailable } from '../http/problem.js';
import { HubParts } from '../parts.js';
import { ReadService } from '../read/read.service.js';
import { LiveRows } from './live-rows.js';
import { type SseWriter } from './sse-writer.js';
import { type StreamQuery } from './stream-query.js';
import { StreamSession } from './stream-session.js';

/** The clients of the live stream. */
@Injectable()
export class StreamService implements OnModuleDestroy {
  readonly #sessions = new Set<StreamSession>();

  constructor(
    private readonly parts: HubParts,
    private readonly live: LiveRows,
    private readonly reads: ReadService,
    private readonly agents: AgentsService,
    private readonly losses: LossRepository,
  ) {}

  /** @throws Problem 503: there is nothing to follow while NATS is away */
  refuseWhileAway(): void {
    if (!this.parts.bus.connected)
      throw unavailable('NATS is away, there is nothing live to show; try again soon');
  }

  /** Starts to serve a client; it goes on until `stop` of the result. */
  open(query: StreamQuery, writer: SseWriter): { stop(): void } {
    const session = new StreamSession(query, writer, this.live, {
      rows: ({ filter, portion }) => this.reads.rows(filter, portion),
      losses: async (query) => {
        await this.agents.stored();
        return this.losses.list(query);
      },
    });
    const leave = this.agents.onLoss((news) => session.loss(news));
    this.#sessions.add(session);
    const stop = (): void => {
      leave();
      if (this.#sessions.delete(session)) session.stop();
    };
    session.start().catch((error: unknown) => {
      this.parts.log.warn(`a live stream ended: ${error instanceof Error ? error.message : String(error)}`);
      stop();
    });
    return { stop };
  }

  /** Ends all streams: the HTTP server waits for them when it closes. */
  onModuleDestroy(): void {
    for (const session of this.#sessions) session.stop();
    this.#sessions.clear();
  }
}
