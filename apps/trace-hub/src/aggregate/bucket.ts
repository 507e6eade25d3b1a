import { bucketOrigin, type Span } from '#clickhouse';
import { type ParameterKind, parsed } from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';
import { shown } from '../http/raw-query.js';

/** A length of time that divides time into parts. */
export interface Bucket {
  readonly us: number;
  /** As people write it: `5m`. */
  readonly text: string;
}

const units = { w: 604_800e6, d: 86_400e6, h: 3600e6, m: 60e6, s: 1e6 };
type Unit = keyof typeof units;

const LENGTH = /^(\d{1,6})([smhdw])$/i;
const maxWeeks = 520;

/** @returns the length, in its largest unit that it is whole in */
function bucketOf(us: number): Bucket {
  const [unit, size] = Object.entries(units).find(([, size]) => us % size === 0) ?? ['s', 1e6];
  return { us, text: `${us / size}${unit}` };
}

/** @param field names it in errors @throws Problem */
export function parseBucket(text: string, field: string): Bucket {
  const [, count = '', unit = ''] = LENGTH.exec(text.trim()) ?? [];
  const us = Number(count) * (units[unit.toLowerCase() as Unit] ?? 0);
  if (us > 0 && us <= maxWeeks * units.w) return bucketOf(us);
  const allowed = `a length from 1s to ${maxWeeks}w: 10s, 1m, 5m, 1h, 1d, 1w`;
  throw badParameter(
    field,
    shown(text),
    `${field}: "${shown(text)}" is not a length of time; use ${allowed}`,
    { offset: 0 },
  );
}

/** A length of time, or `auto`. */
export const bucketKind = (auto: boolean): ParameterKind =>
  parsed((text, { field }) => (auto && text === 'auto' ? 'auto' : parseBucket(text, field)), {
    type: 'string',
    pattern: `^([1-9][0-9]{0,5}[smhdw]${auto ? '|auto' : ''})$`,
  });

const nice = [
  '1s',
  '5s',
  '10s',
  '30s',
  '1m',
  '5m',
  '10m',
  '30m',
  '1h',
  '3h',
  '6h',
  '12h',
  '1d',
  '1w',
  '4w',
  '52w',
];
const niceBuckets = nice.map((text) => parseBucket(text, 'bucket'));

/** About as many as a chart has room for. */
const wantedBuckets = 300;
/** From here on whole minutes are taken, which the counts by minute can answer. */
const minutesFrom_us = 15 * 60e6;

/** @returns a bucket that divides the time into at most some hundreds */
export function autoBucket({ from_us, to_us }: Span): Bucket {
  const length = to_us - from_us;
  const least = length > minutesFrom_us ? 60e6 : 0;
  const fits = niceBuckets.find(({ us }) => us >= least && length / us <= wantedBuckets);
  return fits ?? (niceBuckets.at(-1) as Bucket);
}

/** @returns the starts of the buckets that have a part of the time, µs */
export function bucketStarts({ from_us, to_us }: Span, us: number): number[] {
  const origin = bucketOrigin(us);
  const starts: number[] = [];
  for (let at = Math.floor((from_us - origin) / us) * us + origin; at < to_us; at += us) starts.push(at);
  return starts;
}

/** @throws Problem where the time has more than `max` of such parts */
export function checkBuckets(
  { from_us, to_us }: Span,
  { us, text }: Bucket,
  limits: { field: string; max: number },
): void {
  const { field, max } = limits;
  const count = Math.ceil((to_us - from_us) / us) + 1;
  if (count <= max) return;
  const longer = niceBuckets.find((bucket) => (to_us - from_us) / bucket.us + 1 <= max);
  const advice = longer ? `use ${longer.text} or longer, or a shorter time` : 'use a shorter time';
  throw badParameter(
    field,
    text,
    `${field}: "${text}" divides the time asked for into ${count} parts, of which ${max} are allowed; ${advice}`,
  );
}
