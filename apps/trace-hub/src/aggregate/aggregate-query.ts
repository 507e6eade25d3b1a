import {
  type AggregateQuery as AggregateRequest,
  type GroupKey,
  type Having,
  type Metric,
  metricName,
  type SortKey,
  type Span,
} from '#clickhouse';
import { Parameter } from '../http/parameter.js';
import { parsed, several, wholeNumber, yesNo } from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';
import { asGiven } from '../http/read-query.js';
import { autoBucket, type Bucket, bucketKind, checkBuckets, parseBucket } from './bucket.js';
import { parseHaving, parseKeys, parseMetrics, parseSort } from './group-text.js';
import { metricHelp } from './metric-text.js';
import { TimedQuery } from './timed-query.js';

export const maxGroups = 10_000;
const usualGroups = 100;
const maxBuckets = 10_000;
const maxSteps = 20_000;

const words = parsed((text) => text);
export const usualMetrics = 'packets,bytes,drops';

export const selectDoc = `Metrics, with commas: ${metricHelp}; packets,bytes,drops unless given`;
export const stepDoc =
  'Length of the steps whose rates p50(packets/s) and its like are of; 1m unless given, or the bucket where that is no whole minutes';

/** @returns the length of the steps of rates; it divides the bucket @throws Problem */
export function stepOf(
  { step, bucket }: { readonly step: Bucket | undefined; readonly bucket: Bucket | undefined },
  metrics: readonly Metric[],
  range: Span,
): number {
  const minute = parseBucket('1m', 'step');
  const usual = bucket === undefined || bucket.us % minute.us === 0 ? minute : bucket;
  const chosen = step ?? usual;
  if (bucket !== undefined && bucket.us % chosen.us !== 0) {
    const detail = `step: "${chosen.text}" does not divide the bucket, ${bucket.text}; use a length that does`;
    throw badParameter('step', chosen.text, detail);
  }
  // So many numbers are held of each group, where steps are looked at.
  if (metrics.some(({ kind }) => kind === 'rate-quantile'))
    checkBuckets(range, chosen, { field: 'step', max: maxSteps });
  return chosen.us;
}

/** Parameters of groups of packets. */
export class AggregateQuery extends TimedQuery {
  @Parameter(
    'by',
    'What packets are grouped by, with commas: columns, and time (see bucket); one row of all unless given',
    several(words),
  )
  by?: readonly string[];

  @Parameter('select', selectDoc, several(words))
  select?: readonly string[];

  @Parameter(
    'having',
    'Conditions that a group must meet, with commas: packets>100,p95(len)<=1000',
    several(words),
  )
  having?: readonly string[];

  @Parameter(
    'sort',
    'Metrics or keys, with commas; - before one = the greatest first; the first metric so unless given, with time the oldest first',
    several(words),
  )
  sort?: readonly string[];

  @Parameter(
    'limit',
    `How many groups; ${usualGroups} unless given, with time ${maxGroups}`,
    wholeNumber({ min: 1, max: maxGroups, what: 'a number of groups' }),
  )
  limit?: number;

  @Parameter('others', 'Whether all that is in no group shown comes as one more, in others', yesNo())
  others = false;

  @Parameter(
    'bucket',
    'Length of the buckets of time: 10s, 1m, 1h, 1d, 1w (UTC, weeks from Monday), or auto, which it is unless given',
    bucketKind(true),
  )
  bucket?: Bucket | 'auto';

  @Parameter('step', stepDoc, bucketKind(false))
  step?: Bucket;

  /** @throws Problem or FilterError */
  request(range: Span): { readonly query: AggregateRequest; readonly bucket: Bucket | undefined } {
    const by = parseKeys(this.by ?? []);
    const select = parseMetrics(this.select ?? [usualMetrics]);
    const metrics = select.length > 0 ? select : parseMetrics([usualMetrics]);
    const timed = by.includes('time');
    if (!timed && this.bucket !== undefined)
      throw badParameter(
        'bucket',
        asGiven(this, 'bucket'),
        'bucket: there is no time in by; use by=time, or leave bucket out',
      );
    const bucket = timed ? this.#bucket(range) : undefined;
    const sort = this.sort === undefined ? [] : parseSort(this.sort, by);
    const [first] = metrics;
    const usual: SortKey[] = [
      ...(timed ? [{ by: { key: 'time' as GroupKey }, descending: false }] : []),
      ...(first ? [{ by: { metric: first }, descending: true }] : []),
    ];
    const having: readonly Having[] = parseHaving(this.having ?? []);
    const compared = [
      ...having.map(({ metric }) => metric),
      ...sort.flatMap(({ by }) => ('metric' in by ? [by.metric] : [])),
    ];
    const query: AggregateRequest = {
      by,
      select: metrics,
      having,
      sort: sort.length > 0 ? sort : usual,
      limit: this.limit ?? (timed ? maxGroups : usualGroups),
      others: this.others && by.length > 0,
      bucket_us: bucket?.us ?? 0,
      step_us: stepOf({ step: this.step, bucket }, [...metrics, ...compared], range),
      filter: this.filter(),
    };
    return { query, bucket };
  }

  #bucket(range: Span): Bucket {
    const bucket = this.bucket === undefined || this.bucket === 'auto' ? autoBucket(range) : this.bucket;
    checkBuckets(range, bucket, { field: 'bucket', max: maxBuckets });
    return bucket;
  }
}

/** @returns the names under which rows have keys and metrics */
export const rowNames = ({ by, select }: AggregateRequest): string[] => [...by, ...select.map(metricName)];
