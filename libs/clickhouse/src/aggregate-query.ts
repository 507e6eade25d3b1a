import { findColumn, type ColumnName } from '#columns';
import { filterColumns, toSql, type Filter, type SqlCondition } from '#filter';
import { isHops, isRateQuantile, metricColumns, metricName, type Metric } from './aggregate-metrics.js';
import { sourceSql, type Needs, type SourcePlan } from './flows-source.js';
import { jsonSql } from './select.js';

/** What packets are grouped by: a column's cell as it is, or buckets of time. */
export type GroupKey = ColumnName | 'time';

/** What questions for groups have in common. */
export interface GroupQuery {
  /** Each of them once. */
  readonly by: readonly GroupKey[];
  /** Length of the buckets of `time`, µs. */
  readonly bucket_us: number;
  /** Length of the steps of rate quantiles, µs; divides `bucket_us`. */
  readonly step_us: number;
  readonly filter?: Filter | undefined;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

function columnsOf(query: GroupQuery, metrics: readonly Metric[]): Set<ColumnName> {
  const columns = new Set<ColumnName>(metrics.flatMap(metricColumns));
  for (const key of query.by) if (key !== 'time') columns.add(key);
  return columns;
}

/** @returns what the question needs of the table that answers it */
export function needsOf(query: GroupQuery, metrics: readonly Metric[]): Needs {
  const columns = columnsOf(query, metrics);
  for (const column of filterColumns(query.filter)) columns.add(column);
  const grains: number[] = [];
  if (query.by.includes('time')) grains.push(query.bucket_us);
  if (metrics.some(isRateQuantile)) grains.push(query.step_us);
  return { columns, hops: metrics.some(isHops), grain_us: grains.reduce(gcd, 0) };
}

const week_us = 7 * 86_400e6;
/** The epoch was a Thursday; weeks begin on Mondays. */
const monday_us = 4 * 86_400e6;

/** @returns from where buckets are counted, µs: UTC midnights, of weeks Mondays */
export const bucketOrigin = (bucket_us: number): number => (bucket_us % week_us === 0 ? monday_us : 0);

function bucketSql(bucket_us: number): string {
  const origin = bucketOrigin(bucket_us);
  return origin === 0
    ? `intDiv(us, ${bucket_us}) * ${bucket_us}`
    : `intDiv(us - ${origin}, ${bucket_us}) * ${bucket_us} + ${origin}`;
}

/** @returns the value that JSON has for a key's */
export function keyJson(key: GroupKey, sql: string): string {
  const column = findColumn(key === 'time' ? 'ts' : key);
  const value = key === 'time' ? `fromUnixTimestamp64Micro(${sql}, 'UTC')` : sql;
  return column ? jsonSql(column, value) : value;
}

/** @returns the keys' names within a statement, where a column's name is its raw value: `g0, g1` */
export const keyNames = (by: readonly GroupKey[], prefix = 'g'): string[] =>
  by.map((_, i) => `${prefix}${i}`);

/** @returns the keys of each row, to be named `k0, k1` */
export const keyList = ({ by, bucket_us }: GroupQuery): string[] =>
  by.map((key, i) => `${key === 'time' ? bucketSql(bucket_us) : `\`${key}\``} AS k${i}`);

/** @returns what reads the rows that the filter takes, with their keys */
export function keyedRows(query: GroupQuery, metrics: readonly Metric[], plan: SourcePlan): SqlCondition {
  const { sql: where, params } = toSql(query.filter, 'w');
  const time = query.by.includes('time') || metrics.some(isRateQuantile);
  const source = sourceSql(plan, {
    columns: columnsOf(query, metrics),
    time,
    hops: metrics.some(isHops),
    where,
  });
  return { sql: `SELECT ${['*', ...keyList(query)].join(', ')} FROM (\n    ${source}\n  )`, params };
}

/** @returns the metrics, each once */
export const distinctMetrics = (metrics: readonly Metric[]): Metric[] => [
  ...new Map(metrics.map((metric) => [metricName(metric), metric])).values(),
];

export const JSON_SETTINGS =
  'SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0';

/** More counts than this, of about a month, would push others out of the cache of unpacked blocks. */
const mostCached = 10_000_000;

/** @returns JSON_SETTINGS, and of counts by minute that their blocks stay unpacked: who looks at a week does so again */
export const settingsOf = ({ parts }: SourcePlan): string =>
  parts.some(({ rollup }) => rollup)
    ? `${JSON_SETTINGS}, use_uncompressed_cache = 1, merge_tree_max_rows_to_use_cache = ${mostCached}`
    : JSON_SETTINGS;
