import { Injectable } from '@nestjs/common';
import { limitSettings, type RowFormat, type Statement, withSettings } from '#clickhouse';
import { HubParts } from '../parts.js';
import { problemOfQuery } from './query-problem.js';
import { QueryGate } from './query-gate.js';

export interface QueryOptions {
  /** Aborted when nobody waits for the answer any more: the query ends in ClickHouse too. */
  readonly signal: AbortSignal;
}

/** The rows of a small result, and what ClickHouse did for it. */
export interface QueryDocument<T> {
  readonly rows: T[];
  /** Rows and bytes (unpacked) read from tables. */
  readonly readRows: number;
  readonly readBytes: number;
  readonly elapsed_ms: number;
}

/** Queries that run at a time with the engine embedded: each takes one of the process's four threads for such work. */
const embeddedAtOnce = 2;

/** All reads of people go through here: so many at a time, each within the limits `query.*`. */
@Injectable()
export class QueryService {
  readonly #gate: QueryGate;

  constructor(private readonly parts: HubParts) {
    const { clickhouseUrl, queryMaxConcurrent, queryMaxWaiting } = parts.config;
    const most = clickhouseUrl.startsWith('embedded:') ? embeddedAtOnce : queryMaxConcurrent;
    this.#gate = new QueryGate(Math.min(most, queryMaxConcurrent), queryMaxWaiting);
  }

  /**
   * The result while ClickHouse makes it, in chunks: NDJSON (whole lines), CSV or an Arrow stream. A loop that ends early
   * ends the query.
   * @throws Problem 422, 429, 503, 504; after the first chunk too
   */
  async *rows(
    statement: Statement,
    { signal, format = 'jsonl' }: QueryOptions & { readonly format?: Exclude<RowFormat, 'json'> | undefined },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      const leave = await this.#gate.enter(signal);
      try {
        yield* this.parts.store.queryStream(this.#limited(statement), format, signal);
      } finally {
        leave();
      }
    } catch (error) {
      throw this.#told(error);
    }
  }

  /** @throws Problem 422, 429, 503, 504 */
  async document<T>(statement: Statement, { signal }: QueryOptions): Promise<QueryDocument<T>> {
    try {
      const leave = await this.#gate.enter(signal);
      try {
        const { bytes, ...told } = await this.parts.store.queryWhole(this.#limited(statement), { signal });
        const lines = Buffer.from(bytes).toString().split('\n');
        const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
        return { rows, ...told };
      } finally {
        leave();
      }
    } catch (error) {
      throw this.#told(error);
    }
  }

  #limited(statement: Statement): Statement {
    const { queryTimeoutMs, queryMaxMemory, queryMaxBytes, queryMaxRows } = this.parts.config;
    const limits = limitSettings({
      seconds: queryTimeoutMs / 1000,
      memoryBytes: queryMaxMemory,
      rows: queryMaxRows,
      readBytes: queryMaxBytes,
    });
    return withSettings(statement, limits);
  }

  #told(error: unknown): unknown {
    return problemOfQuery(error, this.parts.config, this.parts.log);
  }
}
