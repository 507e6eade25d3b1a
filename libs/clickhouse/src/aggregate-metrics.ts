import { findColumn, type ColumnName, type Kind } from '#columns';
import { jsonSql } from './select.js';

/** What is counted of packets, each as all that it stands for where an agent sampled. */
export const countNames = ['packets', 'bytes', 'drops'] as const;
export type CountName = (typeof countNames)[number];

export const quantileLevels = [50, 90, 95, 99] as const;
export type QuantileLevel = (typeof quantileLevels)[number];

export const columnFunctions = ['uniq', 'min', 'max', 'avg'] as const;
export type ColumnFunction = (typeof columnFunctions)[number];

/**
 * A measure of a group of packets.
 * - `packets`, `bytes`; `drops`: packets that were dropped or rejected; `hops`: trace events, all rows
 * - `packets/s`: their mean rate over the time that is asked for (of a time bucket: over that)
 * - `flows`: how many different conversations in one direction: addresses, ports and protocol; as exact as uniq
 * - `uniq(ip_src)`: how many different values, exact up to 65,536, then about 0.5 % off
 * - `min(ttl)`, `max(ttl)`, `avg(ttl)`, `p95(len)`: of a number, over packets
 * - `p95(packets/s)`: of the rates of the steps of time, in which steps without packets are 0
 */
export type Metric =
  | { readonly kind: 'count'; readonly of: CountName | 'hops' }
  | { readonly kind: 'flows' }
  | { readonly kind: 'rate'; readonly of: CountName }
  | { readonly kind: 'column'; readonly fn: ColumnFunction; readonly column: ColumnName }
  | { readonly kind: 'quantile'; readonly level: QuantileLevel; readonly column: ColumnName }
  | { readonly kind: 'rate-quantile'; readonly level: QuantileLevel; readonly of: CountName };

/** @returns the metric as people write it, which is its name in answers */
export function metricName(metric: Metric): string {
  switch (metric.kind) {
    case 'count':
      return metric.of;
    case 'flows':
      return 'flows';
    case 'rate':
      return `${metric.of}/s`;
    case 'column':
      return `${metric.fn}(${metric.column})`;
    case 'quantile':
      return `p${metric.level}(${metric.column})`;
    case 'rate-quantile':
      return `p${metric.level}(${metric.of}/s)`;
  }
}

const numbers: readonly Kind[] = ['u8', 'u16', 'u32', 'u64'];

/** The kinds of columns that each function takes; `p` stands for the quantiles. */
export const functionKinds: Readonly<Record<ColumnFunction | 'p', readonly Kind[] | 'all'>> = {
  uniq: 'all',
  min: [...numbers, 'timestamp'],
  max: [...numbers, 'timestamp'],
  avg: numbers,
  p: numbers,
};

/** Packets that did not pass: a rule that rejects drops the packet too, and tells its sender. */
const DROPPED = "fate IN ('dropped', 'rejected')";

/** How metrics are computed of the rows of sourceSql. */
export interface MetricContext {
  /** Whether rows without weight, which are not packets, are among them. */
  readonly hops: boolean;
  /** µs; the expressions of where a group's time begins and ends. */
  readonly from: string;
  readonly to: string;
  /** Of rate quantiles, µs. */
  readonly step_us: number;
}

/** What tells one flow from another. */
const flowColumns = ['ip_src', 'ip_dst', 'proto', 'sport', 'dport'] as const satisfies readonly ColumnName[];

const isMeanLength = (metric: Metric): boolean =>
  metric.kind === 'column' && metric.fn === 'avg' && metric.column === 'len';

/** @returns the columns that the metric needs; the mean length is bytes by packets and needs none */
export function metricColumns(metric: Metric): ColumnName[] {
  if (isMeanLength(metric)) return [];
  if (metric.kind === 'column' || metric.kind === 'quantile') return [metric.column];
  if (metric.kind === 'flows') return [...flowColumns];
  return metric.of === 'drops' ? ['fate'] : [];
}

const counted = (of: CountName): string => (of === 'bytes' ? 'size' : 'weight');

/** @returns an aggregate function of packets alone */
function overPackets(name: string, args: string, hops: boolean, parameters = ''): string {
  return hops ? `${name}If${parameters}(${args}, weight > 0)` : `${name}${parameters}(${args})`;
}

function countSql(of: CountName | 'hops'): string {
  if (of === 'hops') return 'sum(hop_weight)';
  return of === 'drops' ? `sumIf(weight, ${DROPPED})` : `sum(${counted(of)})`;
}

/** @returns the metric over a group of the source's rows, as a value that can be ordered */
export function metricSql(metric: Metric, context: MetricContext): string {
  const { hops } = context;
  switch (metric.kind) {
    case 'count':
      return countSql(metric.of);
    case 'flows':
      return overPackets('uniq', flowColumns.map((name) => `\`${name}\``).join(', '), hops);
    case 'rate':
      return `${countSql(metric.of)} * 1000000 / (${context.to} - ${context.from})`;
    case 'column': {
      if (isMeanLength(metric)) return 'sum(size) / nullIf(sum(weight), 0)';
      const column = `\`${metric.column}\``;
      if (metric.fn === 'uniq') return overPackets('uniq', column, hops);
      if (metric.fn === 'avg') return `sum(toFloat64(${column}) * weight) / nullIf(sum(weight), 0)`;
      return overPackets(`${metric.fn}OrNull`, column, hops);
    }
    case 'quantile': {
      const args = `\`${metric.column}\`, weight`;
      return overPackets('quantileExactWeightedOrNull', args, hops, `(${metric.level / 100})`);
    }
    case 'rate-quantile':
      return rateQuantileSql(metric.of, metric.level / 100, context);
  }
}

/**
 * Rates of steps of time, each weighted by how much of it is in the group's time: a step at an end counts as far as it is
 * within. Steps without packets are not in the map; together they are one rate of 0.
 */
function rateQuantileSql(of: CountName, level: number, { from, to, step_us }: MetricContext): string {
  const value = of === 'drops' ? `if(${DROPPED}, weight, toUInt64(0))` : counted(of);
  const map = `sumMap([intDiv(us, ${step_us})], [${value}])`;
  const length = `(least((step + 1) * ${step_us}, ${to}) - greatest(step * ${step_us}, ${from}))`;
  const known = `arrayMap((step, counted) -> (counted * 1000000 / ${length}, toInt64(${length})), ${map}.1, ${map}.2)`;
  const idle = `(toFloat64(0), toInt64(${to} - ${from} - arraySum(rate -> rate.2, ${known})))`;
  const sorted = `arraySort(arrayPushBack(${known}, ${idle}))`;
  const sums = `arrayCumSum(rate -> rate.2, ${sorted})`;
  return `arrayElement(${sorted}, arrayFirstIndex(sum -> sum >= ${level} * (${to} - ${from}), ${sums})).1`;
}

/** @returns the metric's value as JSON has it: numbers of 64 bits that are no counts are strings */
export function metricJson(metric: Metric, value: string): string {
  const column =
    metric.kind === 'quantile' || metric.kind === 'column' ? findColumn(metric.column) : undefined;
  if (!column || (metric.kind === 'column' && (metric.fn === 'uniq' || metric.fn === 'avg'))) return value;
  return column.kind === 'u64' || column.kind === 'timestamp' ? jsonSql(column, value) : value;
}

/** Whether it counts hops that are no packets of their own. */
export const isHops = (metric: Metric): boolean => metric.kind === 'count' && metric.of === 'hops';

export const isRateQuantile = ({ kind }: Metric): boolean => kind === 'rate-quantile';
