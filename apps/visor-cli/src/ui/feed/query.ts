import { type Query } from '#api-client';
import { filterQuery } from '../../filters/filter-query.js';
import { timeQuery } from '../../time-flags.js';
import { filterValues } from '../model/filter-state.js';
import { MAX_LINES } from '../model/store.js';
import { type UiState } from '../model/state.js';

/** Packets of the past that a live list begins with. */
const BEFORE = 200;
const GROUPS = 200;
/** Groups of what is live are those of so long a time, as `top` has them. */
const LIVE_GROUPS = '15m';

export type Asked = Pick<UiState, 'filter' | 'range' | 'aggregate'>;

/** @param nowUs what `15m` is ago of: µs since 1970 @returns what to ask the live stream for */
export function streamQuery({ filter, range }: Asked, nowUs: number): Query {
  const query = filterQuery(filterValues(filter));
  if (range.kind === 'live' && range.since !== undefined)
    return { ...query, ...timeQuery({ since: range.since }, nowUs) };
  const last = range.kind === 'live' ? (range.last ?? BEFORE) : BEFORE;
  return last === 0 ? query : { ...query, last: String(Math.min(last, MAX_LINES)) };
}

/** @returns the time that is looked at; of what is live that before now which `top` has, too */
export function timesOf({ range }: Pick<Asked, 'range'>, nowUs: number): Query {
  if (range.kind === 'live') return timeQuery({ since: range.since ?? LIVE_GROUPS }, nowUs);
  return timeQuery({ since: range.since, until: range.until }, nowUs);
}

/** @returns what to ask for the packets of a fixed range */
export function historyQuery(asked: Asked, nowUs: number): Query {
  return { ...filterQuery(filterValues(asked.filter)), ...timesOf(asked, nowUs), last: String(MAX_LINES) };
}

/** @returns what to ask for the groups of either */
export function groupsQuery(asked: Asked, nowUs: number): Query {
  const by = asked.aggregate.join(',');
  return { by, ...filterQuery(filterValues(asked.filter)), ...timesOf(asked, nowUs), limit: String(GROUPS) };
}
