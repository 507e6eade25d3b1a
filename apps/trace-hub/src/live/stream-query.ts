import { and, compare, type Filter } from '#filter';
import { lossFilter } from '../agents/loss-query.js';
import { badParameter } from '../http/problem.js';
import { refuseUnknown, rowCount, rowFilter, single, timeRange, type RawQuery } from '../read/row-query.js';
import { parsePlace, type Place } from './place.js';

/** What a client of the live stream asked for. */
export interface StreamQuery {
  /** What rows must match, beside being decisive. */
  readonly filter: Filter | undefined;
  /** Only the hop that decided each packet's fate. */
  readonly decisive: boolean;
  /** What losses must match. */
  readonly lossFilter: Filter | undefined;
  /** µs; where rows of the store begin. */
  readonly sinceUs: number | undefined;
  /** µs; the stream ends then. */
  readonly untilUs: number | undefined;
  /** Rows of the store, at most the newest so many. */
  readonly last: number | undefined;
  /** Where the client was when it left. */
  readonly resume: Place | undefined;
}

function wantsHops(query: RawQuery): boolean {
  const text = single(query, 'hops') ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw badParameter('hops', text, `hops: "${text}" is not known; use true or false`);
}

/** Whether a time is the same whenever it is asked for; `15m` is not. */
const isFixed = (query: RawQuery, nowUs: number): boolean =>
  timeRange(query, nowUs).sinceUs === timeRange(query, nowUs + 1e6).sinceUs;

/**
 * @param lastEventId of the header: the stream goes on after it, and `last` and a `since` that moves with the time are
 * what it began with and no longer asked for
 * @throws Problem or FilterError, which name the parameter, its value and what is allowed
 */
export function parseStreamQuery(query: RawQuery, lastEventId = '', nowUs = Date.now() * 1000): StreamQuery {
  refuseUnknown(query, ['since', 'until', 'last', 'hops']);
  const decisive = !wantsHops(query);
  const last = rowCount(query, 'last');
  const { since, until, ...columns } = query;
  const { untilUs, sinceUs: asked } = timeRange({ since, until }, nowUs);
  const resume = lastEventId === '' ? undefined : parsePlace(lastEventId);
  const sinceUs = resume && !isFixed({ since }, nowUs) ? undefined : asked;
  const parts = [
    rowFilter(columns, false),
    sinceUs === undefined ? undefined : compare('ts', '>=', sinceUs),
    untilUs === undefined ? undefined : compare('ts', '<', untilUs),
  ].filter((part) => part !== undefined);
  return {
    filter: parts.length > 0 ? and(parts) : undefined,
    decisive,
    lossFilter: lossFilter(query),
    sinceUs,
    untilUs,
    last: resume ? undefined : last,
    resume,
  };
}
