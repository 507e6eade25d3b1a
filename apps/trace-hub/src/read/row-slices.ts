import { setImmediate as begun } from 'node:timers/promises';
import {
  afterRow,
  type RowEnd,
  type RowForm,
  type RowKey,
  selectRowEnd,
  selectRows,
  upToRow,
} from '#clickhouse';
import { and, type Filter } from '#filter';
import { Problem } from '../http/problem.js';
import { type QueryService, type ResultForm } from '../query/query.service.js';

/** Rows in the order of time, as many as there are. */
export interface SliceQuery {
  readonly decisive: boolean;
  readonly filter: Filter | undefined;
  /** µs; both ends are known when it begins, so that it ends though rows go on coming. */
  readonly sinceUs: number;
  readonly untilUs: number;
  /** Rows after this one alone. */
  readonly after: RowKey | undefined;
  /** So many at most. */
  readonly rows: number;
  readonly format: ResultForm;
}

/**
 * The first slice is small, so that its reader has something soon; those after it are worth a query each. A reader that pauses
 * holds two: the one that it is given, and the one that was read meanwhile.
 */
const firstRows = 1000;
const mostRows = 12_000;
const leastWindow_us = 1000;
const firstWindow_us = 1e6;
/** Limits that a narrower window keeps. */
const tooWide: ReadonlySet<string | undefined> = new Set([
  'query.timeout',
  'query.max-memory',
  'query.max-bytes',
]);

/** What a slice had. */
interface Slice {
  /** Makes its bytes; absent where there is nothing to send. */
  readonly bytes: (() => Uint8Array) | undefined;
  readonly count: number;
  /** Of its rows. */
  readonly last: RowKey | undefined;
}

/**
 * Reads rows by slices of time, one query each. While its reader takes one, the next is read and no more, so that none is under
 * way for long where a slow reader takes its time. ClickHouse reads what lies in a slice and no more, where a LIMIT alone
 * lets it read far ahead. The slices' width follows the number of rows in them.
 */
export class RowSlices {
  #window_us = firstWindow_us;
  #rows = firstRows;
  #begun = false;
  /** Ends queries: with the reader's signal, and when the loop over the parts has ended, as the slice ahead is not wanted then. */
  readonly #end = new AbortController();

  constructor(
    private readonly queries: QueryService,
    private readonly query: SliceQuery,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * The next slice is asked for before the text of the present one is made, as ClickHouse and that take turns otherwise.
   * @returns whole results, to be joined; at least one, though it may have no rows @throws Problem
   */
  async *parts(): AsyncGenerator<Uint8Array, void, undefined> {
    // By hand, as Node 20 forgets what AbortSignal.any depends on.
    const abort = (): void => this.#end.abort(this.signal.reason);
    this.signal.addEventListener('abort', abort, { once: true });
    if (this.signal.aborted) abort();
    const slices = this.#slices();
    let ahead = slices.next();
    try {
      for (let slice = await ahead; !slice.done; slice = await ahead) {
        ahead = slices.next();
        // What it fails with is told when its turn comes.
        ahead.catch(() => undefined);
        // So that the query has begun: each step to it is a promise.
        await begun();
        yield slice.value();
      }
    } finally {
      this.signal.removeEventListener('abort', abort);
      this.#end.abort(new Error('nobody takes the rows any more'));
    }
  }

  async *#slices(): AsyncGenerator<() => Uint8Array, void, undefined> {
    let { sinceUs, after, rows: left } = this.query;
    const { untilUs } = this.query;
    // What stands before the rows comes with the first part.
    let head = this.query.format !== 'jsonl';
    while (left > 0 && (sinceUs < untilUs || head)) {
      const start = Math.max(sinceUs, after?.ts ?? 0);
      const until = Math.min(untilUs, start + this.#window_us);
      const take = Math.min(this.#rows, left);
      const slice = await this.#slice({
        sinceUs,
        untilUs: until,
        after,
        take,
        always: head,
        end: take === left,
      });
      if (!slice) continue;
      this.#begun = true;
      left -= slice.count;
      this.#adapt(slice, take, start);
      if (slice.count < take) sinceUs = until;
      else after = slice.last;
      if (!slice.bytes) continue;
      head = false;
      yield slice.bytes;
    }
  }

  /** @returns undefined where it took too much: it is tried again with a narrower window */
  async #slice(asked: SliceRange): Promise<Slice | undefined> {
    try {
      return this.query.format === 'arrow' ? await this.#binary(asked) : await this.#text(asked);
    } catch (error) {
      const heavy = error instanceof Problem && tooWide.has(error.details.limit);
      if (!heavy || this.#window_us <= firstWindow_us) throw error;
      this.#window_us = Math.max(firstWindow_us, Math.floor(this.#window_us / 16));
      return undefined;
    }
  }

  async #text(asked: SliceRange): Promise<Slice> {
    const format = this.query.format === 'csv' ? 'csv' : 'jsonl';
    const options = { ...this.#options, format } as const;
    const { rows, last, text } = await this.queries.stored(this.#statement(asked), options);
    return { bytes: rows > 0 || asked.always ? text : undefined, count: rows, last };
  }

  /**
   * An Arrow stream is not read here: its end is asked for, which reads little of what follows. Rows that come in between,
   * of times before that end, must not take the place of the last: up to there the slice may have more rows.
   */
  async #binary(asked: SliceRange): Promise<Slice> {
    const { rows } = await this.queries.document<RowEnd>(selectRowEnd(this.#query(asked)), this.#options);
    const { count, ts, packet_id, hop } = rows[0] as RowEnd;
    if (count === 0 && !asked.always) return { bytes: undefined, count: 0, last: undefined };
    const options = { ...this.#options, format: this.query.format };
    const last = count > 0 ? { ts, packet_id: BigInt(packet_id), hop } : undefined;
    const take = asked.end ? asked.take : asked.take * 2;
    const { bytes } = await this.queries.whole(this.#statement({ ...asked, take }, last), options);
    return { bytes: () => bytes, count, last };
  }

  #adapt({ count, last }: Slice, take: number, start: number): void {
    if (last && count === take) this.#window_us = Math.max(leastWindow_us, last.ts - start);
    else if (count < take / 4) this.#window_us *= 4;
    this.#rows = Math.min(mostRows, this.#rows * 2);
  }

  #query({ sinceUs, untilUs, after, take }: SliceRange, last?: RowKey) {
    const { decisive, filter, format } = this.query;
    const parts = [
      ...(filter ? [filter] : []),
      ...(after ? [afterRow(after)] : []),
      ...(last ? [upToRow(last)] : []),
    ];
    const form: RowForm = format === 'arrow' ? 'arrow' : 'json';
    const all = parts.length > 0 ? and(parts) : undefined;
    return { decisive, filter: all, sinceUs, untilUs, take: { first: take }, form };
  }

  /** @param last up to which rows are wanted; absent: to the end of the slice */
  #statement(asked: SliceRange, last?: RowKey) {
    return selectRows(this.#query(asked, last));
  }

  get #options() {
    return { signal: this.#end.signal, patient: this.#begun };
  }
}

interface SliceRange {
  readonly sinceUs: number;
  readonly untilUs: number;
  readonly after: RowKey | undefined;
  readonly take: number;
  /** Whether the result is wanted without rows too, for what stands before them. */
  readonly always: boolean;
  /** Whether nothing is wanted after it. */
  readonly end: boolean;
}
