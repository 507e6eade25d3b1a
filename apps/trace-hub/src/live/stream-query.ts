import { type Filter } from '#filter';
import { lossFilter } from '../agents/loss-query.js';
import { badParameter } from '../http/problem.js';
import {
  maxRows,
  refuseUnknown,
  rowCount,
  rowFilter,
  single,
  timeRange,
  type Portion,
  type RawQuery,
} from '../read/row-query.js';

/** What is to be shown before the live rows. */
export interface Replay {
  readonly filter: Filter | undefined;
  /** µs; where the rows begin, unless they begin with the first of the last so many. */
  readonly sinceUs: number | undefined;
  readonly portion: Portion;
}

export interface StreamQuery {
  /** What live rows must match. */
  readonly filter: Filter | undefined;
  /** What losses must match. */
  readonly lossFilter: Filter | undefined;
  readonly replay: Replay | undefined;
}

function wantsHops(query: RawQuery): boolean {
  const text = single(query, 'hops') ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw badParameter('hops', text, `hops: "${text}" is not known; use true or false`);
}

/** @throws Problem or FilterError, which name the parameter, its value and what is allowed */
export function parseStreamQuery(query: RawQuery): StreamQuery {
  refuseUnknown(query, ['since', 'last', 'hops']);
  const decisive = !wantsHops(query);
  const last = rowCount(query, 'last');
  const { since, ...live } = query;
  const filter = rowFilter(live, decisive);
  const losses = lossFilter(query);
  if (since === undefined && last === undefined) return { filter, lossFilter: losses, replay: undefined };
  const replay = {
    filter: rowFilter(query, decisive),
    sinceUs: timeRange(query).sinceUs,
    portion: { end: 'last', count: last ?? maxRows },
  } as const;
  return { filter, lossFilter: losses, replay };
}
