import { type Query, type RowForm } from '#api-client';
import { formatTimestamp } from '#columns';
import { parseTime } from '#filter';
import { CliError } from '../errors.js';
import { filterQuery, type FilterValues } from '../filters/filter-query.js';

/** So many rows are held in memory; more are printed while they come. */
export const MAX_HELD = 10_000;
/** More than any hub gives in one answer. */
const MAX_ROWS = 1_000_000_000;
const DEFAULT_LAST = 20;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/i;

/** The flags that say which rows are wanted. */
export interface RowFlags {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Only how long ago: another way to say `since`. */
  readonly time?: string | undefined;
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  readonly all?: boolean | undefined;
  readonly follow: boolean;
  readonly hops: boolean;
}

/** Which rows of the time: the first so many, the last so many, or all. */
export type Take =
  { readonly first: number } | { readonly last: number } | { readonly all: true } | { readonly new: true };

export interface RowRange {
  /** µs since 1970 */
  readonly sinceUs: number | undefined;
  readonly untilUs: number | undefined;
  readonly take: Take;
  /** How many rows are asked for only because so many are shown at most unless more are asked for. */
  readonly capped: number | undefined;
}

export interface WatchRequest {
  /** The form in which the hub's bytes are printed as they come; undefined where each row is printed here. */
  readonly form: RowForm | undefined;
  readonly query: Query;
  readonly follow: boolean;
  readonly hops: boolean;
  readonly capped: number | undefined;
  /** Whether there may be more rows than are held: they are printed while they come. */
  readonly large: boolean;
}

function usage(message: string): never {
  throw new CliError('watch', 'usage', message);
}

function rowCount(name: 'first' | 'last', text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_ROWS) return count;
  return usage(
    `--${name}: ${JSON.stringify(text)} is not a number of rows; use one from 1 to ${MAX_ROWS}, or --all.`,
  );
}

/** A time without a zone is local here, and the hub may be elsewhere. */
function timeOf(
  field: 'since' | 'until' | 'time',
  text: string | undefined,
  nowUs: number,
): number | undefined {
  if (text === undefined) return undefined;
  if (field === 'time' && !DURATION.test(text.trim())) {
    usage(
      `--time: ${JSON.stringify(text)} is not how long ago; use one such as 5s, 15m or 1h30m, or --since for a time.`,
    );
  }
  return parseTime(text, nowUs, { field, zone: 'local' });
}

/** @throws CliError `usage` for flags that exclude each other */
function checkTogether(flags: RowFlags): void {
  const { since, time, first, last, all, follow } = flags;
  const given = [first !== undefined && '--first', last !== undefined && '--last', all && '--all'].filter(
    (name): name is string => typeof name === 'string',
  );
  const [one, other] = given;
  if (one && other) usage(`${one} and ${other} exclude each other; give one of them.`);
  if (follow && first !== undefined)
    usage('--first and --follow exclude each other; use --last to see rows before the new ones.');
  if (follow && all)
    usage(
      '--all and --follow exclude each other; use --since to see all rows from then on, and the new ones.',
    );
  if (since !== undefined && time !== undefined)
    usage(
      '--since (--time-from) and --time exclude each other: both say when to begin; --until goes with either.',
    );
}

/**
 * Which rows the flags ask for.
 *
 * @param unasked how many of the last are taken where neither a time nor a number is given
 * @param nowUs µs since 1970
 * @throws FilterError, CliError `usage`
 */
export function rowRange(flags: RowFlags, unasked: Take, nowUs: number): RowRange {
  const { follow } = flags;
  const first = rowCount('first', flags.first);
  const last = rowCount('last', flags.last);
  const sinceUs = timeOf('since', flags.since, nowUs) ?? timeOf('time', flags.time, nowUs);
  const untilUs = timeOf('until', flags.until, nowUs);
  checkTogether(flags);
  if (sinceUs !== undefined && untilUs !== undefined && sinceUs >= untilUs) {
    const start =
      flags.since === undefined
        ? `--time ${JSON.stringify(flags.time)}`
        : `--since ${JSON.stringify(flags.since)}`;
    usage(`--until: ${JSON.stringify(flags.until)} is not after ${start}.`);
  }
  const range = { sinceUs, untilUs, capped: undefined };
  if (flags.all) return { ...range, take: { all: true } };
  if (first !== undefined) return { ...range, take: { first } };
  if (last !== undefined) return { ...range, take: { last } };
  if (follow) return { ...range, take: { new: true } };
  const bounded = sinceUs !== undefined || untilUs !== undefined;
  if (bounded && 'last' in unasked) return { ...range, take: { last: MAX_HELD }, capped: MAX_HELD };
  return { ...range, take: unasked };
}

function takeQuery(take: Take): Query {
  if ('first' in take) return { first: String(take.first) };
  if ('last' in take) return { last: String(take.last) };
  return 'all' in take ? { all: 'true' } : {};
}

/**
 * What to ask the hub for. Everything is checked here, so that a wrong value needs no hub to be found.
 *
 * @param form of past rows that are printed as the hub sends them
 * @param nowUs µs since 1970
 * @throws FilterError, CliError `usage`
 */
export function watchRequest(
  flags: RowFlags,
  values: FilterValues,
  nowUs: number,
  form?: RowForm,
): WatchRequest {
  const { follow, hops } = flags;
  const filters = filterQuery(values);
  const { sinceUs, untilUs, take, capped } = rowRange(flags, { last: DEFAULT_LAST }, nowUs);
  if (follow && 'last' in take && take.last > MAX_HELD)
    usage(
      `--last: with --follow at most ${MAX_HELD} rows come before the new ones; use --since to see more.`,
    );
  const query: Query = {
    ...filters,
    ...(sinceUs !== undefined && { since: formatTimestamp(sinceUs) }),
    ...(untilUs !== undefined && { until: formatTimestamp(untilUs) }),
    ...takeQuery(take),
    ...(follow && hops && { hops: 'true' }),
  };
  const count = 'first' in take ? take.first : 'last' in take ? take.last : Infinity;
  const large = !follow && count > MAX_HELD;
  return { query, follow, hops, capped, large, form: follow ? undefined : form };
}
