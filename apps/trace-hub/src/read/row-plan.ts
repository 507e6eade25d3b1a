import { afterRow, beforeRow, type RowKey } from '#clickhouse';
import { and, type Filter } from '#filter';
import { type HubConfig } from '../config.js';
import { badParameter, Problem } from '../http/problem.js';
import { asGiven } from '../http/read-query.js';
import { type Cursor, questionOf } from './cursor.js';
import { defaultRows, maxRows, type RowFormat } from './row-query.js';
import { type RowsQuery } from './rows-query.js';

/** What a request for rows asks for, with all that it leaves open decided. */
export interface RowPlan {
  readonly decisive: boolean;
  readonly filter: Filter | undefined;
  /** µs */
  readonly sinceUs: number | undefined;
  readonly untilUs: number | undefined;
  readonly end: 'first' | 'last';
  /** Infinity: all. */
  readonly count: number;
  /** Rows beyond this one alone: after it, or with `last` before it. */
  readonly key: RowKey | undefined;
  readonly format: RowFormat;
  /** See Cursor. */
  readonly times: string;
  readonly question: string;
}

/** @throws Problem where the parameters do not go together, or FilterError */
export function planRows(
  query: RowsQuery,
  decisive: boolean,
  accepted: RowFormat,
  limits: Pick<HubConfig, 'queryMaxRows'>,
): RowPlan {
  const { format = accepted, cursor, after, first, last, limit, all } = query;
  const question = questionOf([decisive, query.asked()]);
  const own = questionOf([asGiven(query, 'since'), asGiven(query, 'until')]);
  if (cursor) refuseOther(query, cursor, question, own);
  const end = cursor?.end ?? (first !== undefined || after || all ? 'first' : 'last');
  const count = all ? Infinity : (first ?? last ?? limit ?? defaultRows);
  refuseTooMany(query, count, format, limits);
  const { sinceUs, untilUs } = cursor ?? query;
  return {
    decisive,
    filter: query.columnFilter(),
    sinceUs,
    untilUs,
    end,
    count,
    key: cursor?.key ?? after,
    format,
    times: cursor?.times ?? own,
    question,
  };
}

function refuseOther(query: RowsQuery, cursor: Cursor, question: string, times: string): void {
  const wrong = query.first !== undefined ? 'first' : 'last';
  const other = wrong === 'first' ? 'last' : 'first';
  if (query[wrong] !== undefined && cursor.end === other) {
    const detail = `cursor: it is of pages from the ${other} row on; use ${other} or limit with it`;
    throw badParameter('cursor', '', detail);
  }
  if ((query.sinceUs ?? query.untilUs) !== undefined && cursor.times !== times) {
    const detail =
      'cursor: it is of another time; leave since and until out, or repeat those of the first page';
    throw badParameter('cursor', '', detail);
  }
  if (cursor.question === question) return;
  const detail = 'cursor: it belongs to another question; repeat the filters of the page that gave it';
  throw badParameter('cursor', '', detail);
}

function refuseTooMany(
  query: RowsQuery,
  count: number,
  format: RowFormat,
  { queryMaxRows }: Pick<HubConfig, 'queryMaxRows'>,
): void {
  const field = (['first', 'last', 'limit', 'all'] as const).find((name) => query[name] !== undefined);
  if (field === undefined) return;
  const value = String(query[field]);
  if (format === 'json' && count > maxRows) {
    const detail =
      field === 'all'
        ? `all: a JSON document has ${maxRows} rows at most; use format=jsonl, csv or arrow, or last=${maxRows}`
        : `${field}: "${value}" is more than a JSON document has; use at most ${maxRows}, or format=jsonl, csv or arrow`;
    throw badParameter(field, value, detail);
  }
  if (count === Infinity || count <= queryMaxRows) return;
  const detail = `${field}: "${value}" is more than the ${queryMaxRows} rows of one answer (query.max-rows); ask for fewer, and for the others by after`;
  throw new Problem(422, detail, { field, value, limit: 'query.max-rows' });
}

/** @returns the plan's filter with the condition of its key */
export function filterOf({ filter, key, end }: RowPlan): Filter | undefined {
  const parts = filter ? [filter] : [];
  if (key) parts.push(end === 'first' ? afterRow(key) : beforeRow(key));
  return parts.length > 0 ? and(parts) : undefined;
}
