import { Injectable } from '@nestjs/common';
import { type RowQuery, selectRows, selectTimes, type WholeResult } from '#clickhouse';
import { QueryService } from '../query/query.service.js';
import { countLines } from './lines.js';

/** The newest rows are looked for here first: of most questions all that are wanted are. */
const recent_us = 86_400e6;
/** Where the newest row is is asked again after so long; a day more or less of it does not matter. */
const knownMs = 60_000;

type LastRows = RowQuery & { readonly take: { readonly last: number } };

/**
 * The last rows that match. ClickHouse looks into each day's part before it knows that the newest is enough, which is more than a second
 * question costs where it is not.
 */
@Injectable()
export class NewestRows {
  /** µs; of the newest row, as it was some time ago. */
  #newest_us: number | undefined;
  #asked_ms = -Infinity;

  constructor(private readonly queries: QueryService) {}

  /** @param before_us rows are wanted from before then, as far as is known */
  async read(query: LastRows, before_us: number | undefined, signal: AbortSignal): Promise<WholeResult> {
    const end_us = Math.min(before_us ?? Infinity, await this.#newest(signal));
    const floor_us = Math.floor(end_us - recent_us);
    if (floor_us <= (query.sinceUs ?? 0)) return this.queries.whole(selectRows(query), { signal });
    const newest = await this.queries.whole(selectRows({ ...query, sinceUs: floor_us }), { signal });
    const missing = query.take.last - countLines(newest.bytes);
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
