import { FilterError } from './errors.js';

/** The last whole year whose microseconds are safe integers. */
const LAST_YEAR = 2254;
const UNITS: Readonly<Record<string, number>> = {
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3600e6,
  d: 86_400e6,
  w: 7 * 86_400e6,
};
const DURATION = /^(?:\d{1,9}(?:\.\d{1,6})?(?:ms|[smhdw]))+$/i;
const PART = /(\d+(?:\.\d+)?)(ms|[smhdw])/gi;
const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(?: ?(Z|[+-]\d\d:\d\d))?$/i;

export interface TimeOptions {
  /** Names the time in an error: `since`. */
  readonly field?: string;
  /** What a time without a zone means; default `utc`. */
  readonly zone?: 'utc' | 'local';
}

/** @returns µs since 1970, or undefined where there is no such day, hour or offset */
function instant(match: RegExpExecArray, zone: 'utc' | 'local'): number | undefined {
  const part = (i: number): number => Number(match[i] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2) - 1, part(3), part(4), part(5), part(6)];
  const utc = new Date(Date.UTC(year, month, day, hour, minute, second));
  // Date carries what overflows (30 February) over; a time that reads back otherwise does not exist.
  const written = `${match[1]}-${match[2]}-${match[3]}T${match[4] ?? '00'}:${match[5] ?? '00'}:${match[6] ?? '00'}`;
  if (Number.isNaN(utc.getTime()) || !utc.toISOString().startsWith(written)) return undefined;
  const offset = offsetMinutes(match[8]);
  if (Number.isNaN(offset)) return undefined;
  const local = offset === undefined && zone === 'local';
  const ms = local
    ? new Date(year, month, day, hour, minute, second).getTime()
    : utc.getTime() - (offset ?? 0) * 60_000;
  return ms * 1000 + Number((match[7] ?? '').padEnd(6, '0').slice(0, 6));
}

/** @returns minutes east of UTC, undefined without an offset, NaN for an impossible one */
function offsetMinutes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(4))];
  if (hours > 23 || minutes > 59) return NaN;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** @returns µs */
function duration(text: string): number {
  let us = 0;
  for (const [, count, unit] of text.matchAll(PART))
    us += Number(count) * (UNITS[unit?.toLowerCase() ?? ''] ?? 0);
  return Math.round(us);
}

const INSTANTS = '2026-11-21, 2026-11-21 10:00, or 2026-11-21T10:00:00Z';
const TIMES = `now, how long ago (15m, 1h30m, 1d), ${INSTANTS}`;

interface Attempt {
  readonly field: string;
  readonly value: string;
  readonly allowed: string;
  /** µs since 1970; undefined where the text names a day or an hour that does not exist */
  readonly us: number | undefined;
}

function inCalendar({ us, ...rest }: Attempt): number {
  if (us === undefined) throw new FilterError({ ...rest, code: 'malformed', problem: 'does not exist' });
  if (us >= 0 && us < Date.UTC(LAST_YEAR + 1, 0) * 1000) return us;
  const problem = `is not within the years 1970 to ${LAST_YEAR}`;
  throw new FilterError({ ...rest, code: 'out_of_range', problem });
}

/**
 * @param text RFC 3339, `2026-11-21` or `2026-11-21 10:00`
 * @returns µs since 1970; what is finer than a microsecond is cut off
 * @throws FilterError
 */
export function parseInstant(text: string, options: TimeOptions = {}): number {
  const { field = 'time', zone = 'utc' } = options;
  const match = INSTANT.exec(text.trim());
  const fault = { field, value: text, allowed: INSTANTS };
  if (!match) throw new FilterError({ ...fault, code: 'malformed', problem: 'is not a time' });
  return inCalendar({ ...fault, us: instant(match, zone) });
}

/**
 * @param text RFC 3339, `2026-11-21`, `2026-11-21 10:00`, `now`, or how long ago: `15m`, `1h30m`, `1d` (ms s m h d w)
 * @param nowUs µs since 1970
 * @returns µs since 1970; what is finer than a microsecond is cut off
 * @throws FilterError
 */
export function parseTime(text: string, nowUs: number, options: TimeOptions = {}): number {
  const { field = 'time', zone = 'utc' } = options;
  const trimmed = text.trim();
  const fault = { field, value: text, allowed: TIMES };
  if (trimmed.toLowerCase() === 'now') return nowUs;
  if (DURATION.test(trimmed)) return inCalendar({ ...fault, us: nowUs - duration(trimmed) });
  const match = INSTANT.exec(trimmed);
  if (!match) throw new FilterError({ ...fault, code: 'malformed', problem: 'is not a time' });
  return inCalendar({ ...fault, us: instant(match, zone) });
}
