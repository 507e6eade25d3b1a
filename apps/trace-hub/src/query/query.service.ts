import { Injectable } from '@nestjs/common';
import { Occurrences } from '#app-kit';
import {
  limitSettings,
  type RowFormat,
  type RowText,
  type Statement,
  type StoredRows,
  type WholeResult,
  withSettings,
} from '#clickhouse';
import { Problem } from '../http/problem.js';
import { HubParts } from '../parts.js';
import { type SpanStart, traced, type WorkSpan } from '../tracing/tracing.js';
import { problemOfQuery } from './query-problem.js';
import { QueryGate } from './query-gate.js';

export interface QueryOptions {
  /** Aborted when nobody waits for the answer any more: the query ends in ClickHouse too. */
  readonly signal: AbortSignal;
  /** Whether it waits for its turn however many wait: a part of an answer that has begun. */
  readonly patient?: boolean;
  /** Less time than `query.timeout`. */
  readonly timeoutMs?: number;
}

/** NDJSON, CSV (RFC 4180, with a header) or an Arrow stream. */
export type ResultForm = Exclude<RowFormat, 'json'>;

/** The rows of a small result, and what ClickHouse did for it. */
export interface QueryDocument<T> extends Omit<WholeResult, 'bytes'> {
  readonly rows: T[];
}

/** Queries that run at a time with the engine embedded: each takes one of the process's four threads for such work. */
const embeddedAtOnce = 2;

/** Characters of a query that its span has. */
const maxQueryText = 2000;

/** Beside those of an answer: the total, and the one that tells that there are more. */
const ownRows = 2;

/** All reads of people go through here: so many at a time, each within the limits `query.*`. */
@Injectable()
export class QueryService {
  readonly #gate: QueryGate;
  readonly #occurrences: Occurrences;

  constructor(private readonly parts: HubParts) {
    this.#occurrences = new Occurrences(parts.log, parts.counters);
    const { clickhouseUrl, queryMaxConcurrent, queryMaxWaiting } = parts.config;
    const most = clickhouseUrl.startsWith('embedded:') ? embeddedAtOnce : queryMaxConcurrent;
    this.#gate = new QueryGate(Math.min(most, queryMaxConcurrent), queryMaxWaiting);
  }

  get state(): { running: number; waiting: number } {
    return { running: this.#gate.running, waiting: this.#gate.inLine };
  }

  /**
   * The result while ClickHouse makes it, in chunks; of NDJSON whole lines. A loop that ends early ends the query, and one
   * that pauses for longer than `query.timeout` loses its turn: the rows after that are not to be had.
   * @throws Problem 422, 429, 503, 504; after the first chunk too
   */
  async *rows(
    statement: Statement,
    { format = 'jsonl', ...options }: QueryOptions & { readonly format?: ResultForm | undefined },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { signal, patient } = options;
    const span = this.parts.tracing.begin(spanOf(statement));
    try {
      const leave = await this.#enter(span, signal, patient);
      try {
        const chunks = this.parts.store.queryStream(
          this.#limited(statement, options, format),
          format,
          signal,
        );
        for await (const chunk of chunks) {
          // A reader that takes nothing must not keep others from asking.
          const stalled = setTimeout(leave, this.parts.config.queryTimeoutMs);
          try {
            yield chunk;
          } finally {
            clearTimeout(stalled);
          }
        }
      } finally {
        leave();
      }
    } catch (error) {
      span.failed(error);
      throw this.#told(error);
    } finally {
      span.end();
    }
  }

  /** A result that is small enough to hold. @throws Problem 422, 429, 503, 504 */
  async whole(
    statement: Statement,
    { format, ...options }: QueryOptions & { readonly format?: ResultForm | undefined },
  ): Promise<WholeResult> {
    const { signal } = options;
    return this.#once(statement, options, () =>
      this.parts.store.queryWhole(this.#limited(statement, options, format), { format, signal }),
    );
  }

  /** Rows that are small enough to hold, with their text yet to be made. @throws Problem 422, 429, 503, 504; so does `text` */
  async stored(
    statement: Statement,
    { format, ...options }: QueryOptions & { readonly format: RowText },
  ): Promise<StoredRows> {
    const { signal } = options;
    return this.#once(statement, options, async () => {
      const stored = await this.parts.store.queryStored(this.#limited(statement, options), format, signal);
      return { ...stored, text: () => this.#tried(stored.text) };
    });
  }

  /** The rows of a small result. @throws Problem 422, 429, 503, 504 */
  async document<T>(statement: Statement, options: QueryOptions): Promise<QueryDocument<T>> {
    const { bytes, ...told } = await this.whole(statement, options);
    const lines = Buffer.from(bytes).toString().split('\n');
    return { rows: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T), ...told };
  }

  /** Runs one query when its turn has come. @throws Problem */
  async #once<T>(statement: Statement, { signal, patient }: QueryOptions, run: () => Promise<T>): Promise<T> {
    try {
      return await traced(this.parts.tracing, spanOf(statement), async (span) => {
        const leave = await this.#enter(span, signal, patient);
        try {
          return await run();
        } finally {
          leave();
        }
      });
    } catch (error) {
      throw this.#told(error);
    }
  }

  async #enter(span: WorkSpan, signal: AbortSignal, patient?: boolean): Promise<() => void> {
    const began_ms = performance.now();
    const leave = await this.#gate.enter(signal, patient);
    span.set({ 'visor.waited_ms': Math.round(performance.now() - began_ms) });
    return leave;
  }

  #tried<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw this.#told(error);
    }
  }

  #limited(statement: Statement, { timeoutMs = Infinity }: QueryOptions, format?: ResultForm): Statement {
    const { queryTimeoutMs, queryMaxMemory, queryMaxBytes, queryMaxRows } = this.parts.config;
    const limits = limitSettings({
      seconds: Math.min(timeoutMs, queryTimeoutMs) / 1000,
      memoryBytes: queryMaxMemory,
      rows: queryMaxRows + ownRows,
      readBytes: queryMaxBytes,
    });
    return withSettings(statement, format === 'csv' ? { ...limits, ...csvSettings } : limits);
  }

  #told(error: unknown): unknown {
    const told = problemOfQuery(error, this.parts.config, this.#occurrences, this.parts.log);
    const limit = told instanceof Problem ? told.details.limit : undefined;
    if (limit !== undefined) this.parts.counters.counter('queries_refused', limit).add();
    return told;
  }
}

/** As RFC 4180 has it, and as the hub's own CSV: lines end with CR LF, and of what is not known there is nothing. */
const csvSettings = { output_format_csv_crlf_end_of_line: 1, format_csv_null_representation: '' };

/** The text without the values, which stand in parameters. */
const spanOf = ({ sql }: Statement): SpanStart => ({
  name: 'clickhouse query',
  kind: 'client',
  attributes: { 'db.system.name': 'clickhouse', 'db.query.text': sql.slice(0, maxQueryText) },
});
