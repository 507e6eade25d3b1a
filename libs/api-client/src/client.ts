import { Connection, type ConnectionOptions, type Query } from './connection.js';
import { follow, type FollowOptions, type StreamEvent } from './follow.js';
import { readLines } from './lines.js';
import { errorOfBody } from './problem.js';

export type { ConnectionOptions, Query } from './connection.js';

const NDJSON = 'application/x-ndjson, application/jsonl, application/x-jsonlines';

/** A trace-hub's REST API. */
export class VisorClient {
  readonly #connection: Connection;

  /** @throws ApiError `bad_host`, `bad_token` */
  constructor(options: ConnectionOptions) {
    this.#connection = new Connection(options);
  }

  /** The hub's URL. */
  get host(): string {
    return this.#connection.base;
  }

  /** Packets, one decisive row each: JSON texts as the hub sends them, some at a time. Ends quietly on the signal. */
  packets(query: Query, signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    return this.#rows('packets', query, signal);
  }

  /** Hops, otherwise as packets(). */
  traces(query: Query, signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    return this.#rows('traces', query, signal);
  }

  /** Events that agents lost, in the order of their ends; otherwise as packets(). */
  losses(query: Query, signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    return this.#rows('losses', query, signal);
  }

  /**
   * Rows as they are stored, after those that `last` or `since` ask for. Once it was connected it comes back by itself
   * whenever the connection is lost, and says so. Ends on the signal.
   *
   * @throws ApiError where the first connection fails, or the hub refuses a later one
   */
  stream(query: Query, options: FollowOptions): AsyncGenerator<readonly StreamEvent[], void, undefined> {
    return follow(this.#connection, query, options);
  }

  async *#rows(
    op: 'packets' | 'traces' | 'losses',
    query: Query,
    signal: AbortSignal,
  ): AsyncGenerator<readonly string[], void, undefined> {
    try {
      const request = { op, query: { ...query, format: 'jsonl' }, accept: NDJSON, signal };
      const body = await this.#connection.open(`/api/v1/${op}`, request);
      yield* readLines(op, body);
    } catch (error) {
      if (!signal.aborted) throw errorOfBody(op, this.host, error);
    }
  }
}
