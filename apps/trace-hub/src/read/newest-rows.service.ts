import { Injectable } from '@nestjs/common';
import {
  day_us,
  keyOfRow,
  type RowKeyJson,
  type RowQuery,
  selectRows,
  selectTimes,
  type WholeResult,
} from '#clickhouse';
import { QueryService } from '../query/query.service.js';
import { DayGuess } from './day-guess.js';
import { countLines, firstLine } from './lines.js';

/** A day that has just begun has few rows: the one before it is looked into with it. */
const leastDay_us = 2 * 3600e6;
/** Where the newest row is is asked again after so long; a day more or less of it does not matter. */
const knownMs = 60_000;

type LastRows = RowQuery & { readonly take: { readonly last: number } };

/**
 * The last rows that match. ClickHouse looks into each day's parts before it knows that the newest are enough: 2 ms a part. So
 * the newest day is asked first, and those before it for what is missing, unless that is likely to be in vain.
 */
@Injectable()
export class NewestRows {
  readonly #guess = new DayGuess();
  /** µs; of the newest row, as it was some time ago. */
  #newest_us: number | undefined;
  #asked_ms = -Infinity;

  constructor(private readonly queries: QueryService) {}

  /** @param before_us rows are wanted from before then, as far as is known */
  async read(query: LastRows, before_us: number | undefined, signal: AbortSignal): Promise<WholeResult> {
    const floor_us = dayBegin(Math.min(before_us ?? Infinity, await this.#newest(signal)));
    const whole = () => this.queries.whole(selectRows(query), { signal });
    if (floor_us <= (query.sinceUs ?? 0)) return whole();
    if (this.#guess.enough(query.filter)) return this.#dayByDay(query, floor_us, signal);
    const result = await whole();
    const { last } = query.take;
    const full = countLines(result.bytes) >= last;
    this.#guess.learn(query.filter, full && oldestOf(result.bytes) >= floor_us);
    return result;
  }

  async #dayByDay(query: LastRows, floor_us: number, signal: AbortSignal): Promise<WholeResult> {
    const newest = await this.queries.whole(selectRows({ ...query, sinceUs: floor_us }), { signal });
    const missing = query.take.last - countLines(newest.bytes);
    this.#guess.learn(query.filter, missing <= 0);
    if (missing <= 0) return newest;
    const rest = selectRows({ ...query, untilUs: floor_us, take: { last: missing } });
    const older = await this.queries.whole(rest, { signal, patient: true });
    return {
      bytes: Buffer.concat([older.bytes, newest.bytes]),
      readRows: newest.readRows + older.readRows,
      readBytes: newest.readBytes + older.readBytes,
      elapsed_ms: newest.elapsed_ms + older.elapsed_ms,
    };
  }

  /** Rows that came since are found all the same: it bounds the first question from below alone. */
  async #newest(signal: AbortSignal): Promise<number> {
    if (this.#newest_us === undefined || performance.now() - this.#asked_ms > knownMs) {
      const { rows } = await this.queries.document<{ last: number }>(selectTimes(), { signal });
      this.#newest_us = Math.min(rows[0]?.last ?? 0, Date.now() * 1000);
      this.#asked_ms = performance.now();
    }
    return this.#newest_us;
  }
}

/** @returns where the newest day begins: `traces` is partitioned by UTC day */
const dayBegin = (us: number): number => Math.floor((us - leastDay_us) / day_us) * day_us;

/** @param lines NDJSON in the order of time, at least one */
const oldestOf = (lines: Uint8Array): number => keyOfRow(JSON.parse(firstLine(lines).line) as RowKeyJson).ts;
