import { findColumn, type ColumnName } from '#columns';
import { type Filter } from '#filter';
import { isHops, metricJson, metricName, metricSql, type Metric } from './aggregate-metrics.js';
import {
  distinctMetrics,
  keyedRows,
  keyJson,
  needsOf,
  type GroupQuery,
  settingsOf,
} from './aggregate-query.js';
import { type Statement } from './engine.js';
import { type Needs, type SourcePlan } from './flows-source.js';

export interface SeriesQuery {
  /** The column whose values have a series each; absent: one series of all. */
  readonly by?: ColumnName | undefined;
  /** One at least; the first decides which values are the greatest. */
  readonly select: readonly Metric[];
  readonly bucket_us: number;
  readonly step_us: number;
  /** The greatest so many values have a series of their own, all others have one together. */
  readonly limit: number;
  readonly filter?: Filter | undefined;
}

/**
 * A row as it comes: `us` the bucket's start, null in the row of the whole time; `shown` whether it is of one value, which
 * `key` is; and each metric by its name.
 */
export type SeriesRecord = Record<string, string | number | boolean | null>;

const groupQuery = ({ by, bucket_us, step_us, filter }: SeriesQuery): GroupQuery => ({
  by: by === undefined ? ['time'] : ['time', by],
  bucket_us,
  step_us,
  filter,
});

/** @returns what the question needs of the table that answers it */
export const seriesNeeds = (query: SeriesQuery): Needs => needsOf(groupQuery(query), query.select);

/** Whether the values are certainly no more than are shown. */
const fewValues = ({ by, limit }: SeriesQuery): boolean =>
  by === undefined || (findColumn(by)?.values?.length ?? Infinity) + 1 <= limit;

/** @returns the statement for series (SeriesRecord); buckets without rows are left out */
export function selectSeries(query: SeriesQuery, plan: SourcePlan): Statement {
  const metrics = distinctMetrics(query.select);
  const { sql: rows, params } = keyedRows(groupQuery(query), metrics, plan);
  const { from_us, to_us } = plan.range;
  const hops = metrics.some(isHops);
  const whole = { hops, step_us: query.step_us, from: String(from_us), to: String(to_us) };
  const total = 'grouping(g0) = 1';
  const context = {
    ...whole,
    from: `if(${total}, ${from_us}, greatest(g0, ${from_us}))`,
    to: `if(${total}, ${to_us}, least(g0 + ${query.bucket_us}, ${to_us}))`,
  };
  const [first] = metrics as [Metric];
  const greatest = `SELECT k1 FROM (${rows}) GROUP BY k1 ORDER BY ${metricSql(first, whole)} DESC, k1 LIMIT {limit:UInt64}`;
  const shown = fewValues(query) ? 'true' : `k1 IN (${greatest})`;
  const key = query.by === undefined ? '' : ', if(shown, k1, defaultValueOfArgumentType(k1)) AS g1';
  const keys = query.by === undefined ? 'shown' : 'shown, g1';
  const list = metrics.map((metric, i) => `${metricJson(metric, `r.m${i}`)} AS \`${metricName(metric)}\``);
  const sql = `SELECT if(r.whole, NULL, r.g0) AS us, toBool(r.shown) AS shown${query.by === undefined ? '' : `, ${keyJson(query.by, 'r.g1')} AS key`}, ${list.join(', ')}
FROM (
  SELECT k0 AS g0, shown${key}, ${total} AS whole,
    ${metrics.map((metric, i) => `${metricSql(metric, context)} AS m${i}`).join(', ')}
  FROM (SELECT *, ${shown} AS shown FROM (${rows}))
  GROUP BY GROUPING SETS ((g0, ${keys}), (${keys}))
) AS r
ORDER BY r.whole DESC, r.shown DESC, r.m0 DESC${query.by === undefined ? '' : ', r.g1'}, r.g0
${settingsOf(plan)}`;
  return { sql, params: { ...params, ...(!fewValues(query) && { limit: query.limit }) } };
}
