import { type ColumnName, findColumn, flagName } from '#columns';
import { isFilterParameter } from '#filter';
import { CliError } from '../errors.js';
import { filterQuery } from '../filters/filter-query.js';
import { timeQuery } from '../time-flags.js';

import { inParentheses } from './model/add-value.js';
import { type FilterState } from './model/filter-state.js';
import { type TimeRange } from './model/range.js';
import { type Beginning, MAX_LINES } from './model/store.js';
import { type Order, type PanelName } from './model/state.js';

/** The flags that say what is shown first; those of filters are beside them. */
export interface UiFlagValues {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly time?: string | undefined;
  readonly last?: string | undefined;
  readonly follow: boolean;
  readonly panel: PanelName;
  readonly order: Order;
  readonly query?: string | undefined;
  readonly 'not-query'?: string | undefined;
}

const usage = (sentence: string): CliError => new CliError('ui', 'usage', sentence);

function lastOf(text: string | undefined): { last?: number } {
  if (text === undefined) return {};
  const last = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  if (last < 0 || last > MAX_LINES)
    throw usage(
      `--last: ${JSON.stringify(text)} is not a number of packets; use one from 0 to ${MAX_LINES}.`,
    );
  return { last };
}

function rangeOf({ since, time, until, follow, last }: UiFlagValues): TimeRange {
  if (since !== undefined && time !== undefined)
    throw usage('--since (--time-from) and --time exclude each other: both say when to begin.');
  const from = since ?? time;
  if (from === undefined && until === undefined) return { kind: 'live', ...lastOf(last) };
  if (last !== undefined)
    throw usage('--last goes with what is live; with --since and --until all of the time is shown.');
  if (!follow) return { kind: 'fixed', since: from, until };
  if (until !== undefined) throw usage('--follow and --until exclude each other; leave one of them out.');
  return { kind: 'live', since: from };
}

function filterOfFlags(flags: UiFlagValues): FilterState {
  const columns: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(flags)) {
    if (isFilterParameter(name) && Array.isArray(values))
      columns[flagName(findColumn(name)?.name ?? name)] = values as readonly string[];
  }
  const { query = '', 'not-query': not } = flags;
  return { columns, query: not === undefined ? query : `not ${inParentheses(not)}` };
}

/**
 * What the screen begins with. All is checked here, so that a wrong value is told before it opens.
 *
 * @param nowUs µs since 1970 @throws FilterError, CliError `usage`
 */
export function beginningOf(
  flags: UiFlagValues,
  aggregate: readonly ColumnName[],
  nowUs: number,
): Omit<Beginning, 'hub'> {
  filterQuery({ ...flags });
  const range = rangeOf(flags);
  timeQuery({ since: range.since, until: range.kind === 'fixed' ? range.until : undefined }, nowUs);
  const { order, panel } = flags;
  return { filter: filterOfFlags(flags), range, order, aggregate, panel };
}
