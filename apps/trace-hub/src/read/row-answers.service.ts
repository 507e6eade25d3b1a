import { Injectable } from '@nestjs/common';
import {
  fromRow,
  joined,
  keyOfRow,
  type RowEnd,
  type RowKeyJson,
  selectCount,
  selectRowEnd,
  selectRows,
  selectTimes,
  type WholeResult,
} from '#clickhouse';
import { formatTimestamp } from '#columns';
import { and } from '#filter';
import { AgentsFound } from '../aggregate/agents-found.service.js';
import { Problem } from '../http/problem.js';
import { HubParts } from '../parts.js';
import { QueryService, type ResultForm } from '../query/query.service.js';
import { aheadOf } from './ahead.js';
import { cursorText } from './cursor.js';
import { envelope, type Searched } from './envelope.js';
import { countLines, firstLine, lastLine } from './lines.js';
import { NewestRows } from './newest-rows.service.js';
import { filterOf, type RowPlan } from './row-plan.js';
import { RowSlices, type SliceQuery } from './row-slices.js';

/** So many rows are one query; more are read by slices. */
const fewRows = 1000;

const resultFormats = { jsonl: 'JSONEachRow', csv: 'CSVWithNames', arrow: 'ArrowStream' } as const;

/** Rows of `traces` in the forms that people read. */
@Injectable()
export class RowAnswers {
  constructor(
    private readonly queries: QueryService,
    private readonly parts: HubParts,
    private readonly agents: AgentsFound,
    private readonly newest: NewestRows,
  ) {}

  /** A page of rows as a document: `{rows, count, next?, searched}`. @throws Problem */
  async document(plan: RowPlan, signal: AbortSignal): Promise<Uint8Array> {
    // A row more than the page has, where there are more.
    const result = await this.#lines(plan, plan.count + 1, signal);
    const { rows, count, next } = pageOf(plan, result.bytes);
    const searched = await this.#searched(plan, result, rows, signal);
    return envelope(rows, { count, ...(next !== undefined && { next }), searched });
  }

  /** So many rows, or fewer, as NDJSON. */
  #lines(plan: RowPlan, count: number, signal: AbortSignal): Promise<WholeResult> {
    const query = this.#query(plan, count);
    if (plan.end === 'first') return this.queries.whole(selectRows(query), { signal });
    return this.newest.read({ ...query, take: { last: count } }, plan.key?.ts ?? plan.untilUs, signal);
  }

  /** Rows in the order of time as NDJSON, CSV or an Arrow stream, while they are read. @throws Problem */
  async *stream(
    plan: RowPlan & { format: ResultForm },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    yield* joined(resultFormats[plan.format], this.#parts(plan, signal));
  }

  async *#parts(
    plan: RowPlan & { format: ResultForm },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { format, count } = plan;
    if (count <= fewRows && format === 'jsonl') {
      yield (await this.#lines(plan, count, signal)).bytes;
      return;
    }
    if (count <= fewRows) {
      yield (await this.queries.whole(selectRows(this.#query(plan, count)), { signal, format })).bytes;
      return;
    }
    if (count === Infinity) await this.#refuseTooMany(plan, signal);
    const range = await this.#range(plan, signal);
    const { decisive, key } = plan;
    const after = plan.end === 'first' ? key : undefined;
    const query = { decisive, ...range, after, rows: count, format };
    yield* new RowSlices(this.queries, query, signal).parts();
  }

  /**
   * Both ends of the rows as they are now. Of the last so many the first one is looked for: others that came at its time
   * are before it.
   */
  async #range(
    plan: RowPlan,
    signal: AbortSignal,
  ): Promise<Pick<SliceQuery, 'sinceUs' | 'untilUs' | 'filter'>> {
    const { rows } = await this.queries.document<{ first: number; last: number }>(selectTimes(), { signal });
    const { first, last } = rows[0] ?? { first: 0, last: 0 };
    const untilUs = Math.min(plan.untilUs ?? Infinity, last + 1);
    const sinceUs = Math.max(plan.sinceUs ?? 0, first);
    if (plan.end === 'first') return { sinceUs, untilUs, filter: plan.filter };
    const filter = filterOf(plan);
    const asked = selectRowEnd({ ...this.#query(plan, plan.count), untilUs });
    const end = await this.queries.document<RowEnd>(asked, { signal });
    const { count, ts, packet_id, hop } = end.rows[0] as RowEnd;
    if (count < plan.count) return { sinceUs, untilUs, filter };
    const beginning = fromRow({ ts, packet_id: BigInt(packet_id), hop });
    return { sinceUs: ts, untilUs, filter: filter ? and([filter, beginning]) : beginning };
  }

  /** An answer that ends before its time could be taken for all. */
  async #refuseTooMany(plan: RowPlan, signal: AbortSignal): Promise<void> {
    const most = this.parts.config.queryMaxRows;
    const { take: _, ...query } = this.#query(plan, 1);
    const { rows } = await this.queries.document<{ count: number }>(
      selectCount({ ...query, most: most + 1 }),
      {
        signal,
      },
    );
    if ((rows[0]?.count ?? 0) <= most) return;
    const detail = `all: more than ${most} rows match, which is more than one answer has (query.max-rows); narrow it with since and until, or with a filter`;
    throw new Problem(422, detail, { field: 'all', value: 'true', limit: 'query.max-rows' });
  }

  #query(plan: RowPlan, count: number) {
    const { decisive, sinceUs, untilUs, end, format } = plan;
    const take = end === 'first' ? { first: count } : { last: count };
    const form = format === 'arrow' ? ('arrow' as const) : ('json' as const);
    return { decisive, filter: filterOf(plan), sinceUs, untilUs, take, form };
  }

  async #searched(
    plan: RowPlan,
    { readRows, elapsed_ms }: Omit<WholeResult, 'bytes'>,
    rows: Uint8Array,
    signal: AbortSignal,
  ): Promise<Searched> {
    const time = (us: number | undefined): string | null => (us === undefined ? null : formatTimestamp(us));
    const told = { since: time(plan.sinceUs), until: time(plan.untilUs), rows_read: readRows, elapsed_ms };
    if (rows.length > 0) {
      const ahead = aheadOf(rows, Date.now() * 1000);
      return ahead ? { ...told, ahead } : told;
    }
    const { sinceUs, untilUs } = plan;
    const range = {
      ...(sinceUs !== undefined && { from_us: sinceUs }),
      ...(untilUs !== undefined && { to_us: untilUs }),
    };
    const agents = await this.agents.in(range, signal);
    return agents ? { ...told, agents } : told;
  }
}

/** @param lines a row more than the page has, where there are more */
function pageOf(plan: RowPlan, lines: Uint8Array): { rows: Uint8Array; count: number; next?: string } {
  const found = countLines(lines);
  if (found <= plan.count) return { rows: lines, count: found };
  const rows = plan.end === 'first' ? lastLine(lines).before : lines.subarray(firstLine(lines).length);
  const edge = plan.end === 'first' ? lastLine(rows) : firstLine(rows);
  const key = keyOfRow(JSON.parse(edge.line) as RowKeyJson);
  return { rows, count: plan.count, next: cursorText({ ...plan, key }) };
}
