import { type Query } from '#api-client';
import { type WatchParts } from './parts.js';
import { type Shown } from './row-meter.js';

/** Losses that are shown with the rows of one answer at most. */
const MAX_LOSSES = 1000;

/** Nothing has come yet: the losses of all the time that was asked for. */
export const NONE: Shown = { count: 0, first: '', last: '' };

/** @returns whether rows were left out because there were more than asked for */
export function isFull(query: Query, count: number, end: 'first' | 'last'): boolean {
  return count > 0 && count === Number(query[end]);
}

/**
 * @returns the query for the losses of the time that is shown: where rows were left out because there were more than
 * asked for, that is the time of those that were not
 */
export function lossQuery(query: Query, { count, first, last }: Shown): Query {
  const since = isFull(query, count, 'last') && first !== '' ? first : query['since'];
  const until = isFull(query, count, 'first') && last !== '' ? last : query['until'];
  return {
    ...(query['agent-id'] !== undefined && { 'agent-id': query['agent-id'] }),
    ...(query['netns'] !== undefined && { netns: query['netns'] }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && until !== since && { until }),
    last: String(MAX_LOSSES),
  };
}

/** @returns losses in the order of their ends, as the hub sends them; none once the signal is aborted */
export async function lossesOf(
  query: Query,
  shown: Shown,
  parts: WatchParts,
  signal: AbortSignal,
): Promise<string[]> {
  const losses: string[] = [];
  if (signal.aborted) return losses;
  for await (const some of parts.client.losses(lossQuery(query, shown), signal)) losses.push(...some);
  return losses;
}
