import { type Query } from '#api-client';
import { formatTimestamp } from '#columns';
import { parseTime } from '#filter';
import { CliError } from '../errors.js';
import { filterQuery, type FilterValues } from '../filters/filter-query.js';

/** What the hub gives at most in one answer. */
export const MAX_ROWS = 10_000;
const DEFAULT_LAST = 20;

/** The flags that say which rows are wanted. */
export interface RowFlags {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  readonly follow: boolean;
  readonly hops: boolean;
}

export interface WatchRequest {
  readonly query: Query;
  readonly follow: boolean;
  readonly hops: boolean;
  /** How many rows are asked for only because an answer holds no more. */
  readonly capped: number | undefined;
}

function usage(message: string): never {
  throw new CliError('watch', 'usage', message);
}

function rowCount(name: 'first' | 'last', text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_ROWS) return count;
  return usage(`--${name}: ${JSON.stringify(text)} is not a number of rows; use one from 1 to ${MAX_ROWS}.`);
}

/** @returns RFC 3339: a time without a zone is local here, and the hub may be elsewhere */
function timeOf(field: 'since' | 'until', text: string | undefined, nowUs: number): number | undefined {
  return text === undefined ? undefined : parseTime(text, nowUs, { field, zone: 'local' });
}

/**
 * What to ask the hub for. Everything is checked here, so that a wrong value needs no hub to be found.
 *
 * @param nowUs µs since 1970
 * @throws FilterError, CliError `usage`
 */
export function watchRequest(flags: RowFlags, values: FilterValues, nowUs: number): WatchRequest {
  const { follow, hops } = flags;
  const filters = filterQuery(values);
  const first = rowCount('first', flags.first);
  const last = rowCount('last', flags.last);
  const since = timeOf('since', flags.since, nowUs);
  const until = timeOf('until', flags.until, nowUs);
  if (first !== undefined && last !== undefined)
    usage('--first and --last exclude each other; give one of them.');
  if (follow && first !== undefined)
    usage('--first and --follow exclude each other; use --last to see rows before the new ones.');
  if (since !== undefined && until !== undefined && since >= until) {
    usage(`--until: ${JSON.stringify(flags.until)} is not after --since ${JSON.stringify(flags.since)}.`);
  }
  const bounded = since !== undefined || until !== undefined;
  const open = !follow && first === undefined && last === undefined;
  const count = open ? (bounded ? MAX_ROWS : DEFAULT_LAST) : last;
  const query: Query = {
    ...filters,
    ...(since !== undefined && { since: formatTimestamp(since) }),
    ...(until !== undefined && { until: formatTimestamp(until) }),
    ...(first !== undefined && { first: String(first) }),
    ...(count !== undefined && { last: String(count) }),
    ...(follow && hops && { hops: 'true' }),
  };
  return { query, follow, hops, capped: open && bounded ? MAX_ROWS : undefined };
}
