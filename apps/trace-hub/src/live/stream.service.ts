import { type ServerResponse } from 'node:http';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AgentsService } from '../agents/agents.service.js';
import { clientOf } from '../http/connection-limits.js';
import { Problem, unavailable } from '../http/problem.js';
import { HubParts } from '../parts.js';
import { LiveRows } from './live-rows.js';
import { SseWriter } from './sse-writer.js';
import { StoredRows } from './stored-rows.js';
import { type StreamQuery } from './stream-query.js';
import { StreamSession } from './stream-session.js';

/** What a client may leave unread, however much memory there is, and however little. */
const maxUnreadBytes = 4 * 2 ** 20;
const minUnreadBytes = 64 * 2 ** 10;

/** When a client that has too many streams may try again. */
const retryAfter_s = 10;

/** The clients of the live stream. */
@Injectable()
export class StreamService implements OnModuleDestroy {
  readonly #sessions = new Map<StreamSession, { readonly client: string }>();

  constructor(
    private readonly parts: HubParts,
    private readonly live: LiveRows,
    private readonly stored: StoredRows,
    private readonly agents: AgentsService,
  ) {}

  get state(): { clients: number; unreadBytes: number; cachedBytes: number } {
    const unreadBytes = [...this.#sessions.keys()].reduce((sum, { unread }) => sum + unread, 0);
    return { clients: this.#sessions.size, unreadBytes, cachedBytes: this.live.cachedBytes };
  }

  /** What each client may leave unread: its share of `live.max-memory`. */
  get maxUnread(): number {
    const share = this.parts.config.liveMaxMemory / Math.max(1, this.#sessions.size);
    return Math.max(minUnreadBytes, Math.min(maxUnreadBytes, share));
  }

  /**
   * @param address the client's
   * @throws Problem 503: NATS is away, so that there is nothing to follow, or there are as many clients as may be; 429:
   * that address has as many as it may
   */
  refuse(address: string): void {
    const { bus, config, counters } = this.parts;
    if (!bus.connected) throw unavailable('NATS is away, there is nothing live to show; try again soon');
    this.#refuseAddress(clientOf(address));
    if (this.#sessions.size < config.liveMaxSubscribers) return;
    counters.counter('live_refused', 'all').add();
    throw unavailable(
      `${this.#sessions.size} clients follow the stream, and live.max-subscribers is ${config.liveMaxSubscribers}; try again later, or raise it`,
    );
  }

  #refuseAddress(client: string): void {
    const most = this.parts.config.liveMaxSubscribersPerAddress;
    if (most === 0) return;
    const has = [...this.#sessions.values()].filter((session) => session.client === client).length;
    if (has < most) return;
    this.parts.counters.counter('live_refused', 'address').add();
    const limit = 'live.max-subscribers-per-address';
    const detail = `${client} has ${has} live streams, and ${limit} is ${most}; end one, or raise it`;
    const problem = new Problem(429, detail, { limit });
    problem.retryAfter_s = retryAfter_s;
    throw problem;
  }

  /** Starts to serve a client; it goes on until `stop` of the result. */
  open(query: StreamQuery, response: ServerResponse, address: string): { stop(): void } {
    const slow = this.parts.counters.counter('live_rows_lost', 'slow');
    const writer = new SseWriter(response, {
      maxUnread: () => this.maxUnread,
      onLost: (rows) => slow.add(rows),
      heartbeatMs: this.parts.config.liveHeartbeatMs,
    });
    const session = new StreamSession(query, writer, {
      live: this.live,
      lossLog: this.agents.losses,
      rows: (asked, signal) => this.stored.lines(asked, signal),
      losses: (asked) => this.stored.losses(asked),
      unreadable: (sequence, error) => this.live.countFailed('show', sequence, error),
      failed: (error) => fail(error),
    });
    const leave = this.agents.onLoss((news) => this.live.tell(session, 'loss', () => session.loss(news)));
    this.#sessions.set(session, { client: clientOf(address) });
    const stop = (): void => {
      leave();
      if (this.#sessions.delete(session)) session.stop();
    };
    const fail = (error: unknown): void => {
      if (this.#sessions.has(session)) this.#tellFailure(error, writer);
      stop();
    };
    session.start().catch(fail);
    return { stop };
  }

  /** Ends all streams: the HTTP server waits for them when it closes. */
  onModuleDestroy(): void {
    for (const session of this.#sessions.keys()) session.stop();
    this.#sessions.clear();
  }

  /** The client comes back to where it was, or says what it was told. */
  #tellFailure(error: unknown, writer: SseWriter): void {
    const detail = error instanceof Error ? error.message : String(error);
    this.parts.log.warn(`a live stream ended: ${detail}`);
    const problem = error instanceof Problem ? error : unavailable('the stream broke off; come back to it');
    writer.event('error', problem.details);
  }
}
