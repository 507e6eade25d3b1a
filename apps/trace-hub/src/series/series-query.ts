import { type SeriesQuery as SeriesRequest, type Span } from '#clickhouse';
import { type ColumnName } from '#columns';
import { selectDoc, stepDoc, stepOf } from '../aggregate/aggregate-query.js';
import { autoBucket, type Bucket, bucketKind, bucketStarts, checkBuckets } from '../aggregate/bucket.js';
import { parseKeys, parseMetrics } from '../aggregate/group-text.js';
import { TimedQuery } from '../aggregate/timed-query.js';
import { Parameter } from '../http/parameter.js';
import { parsed, several, wholeNumber } from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';
import { shown } from '../http/raw-query.js';
import { written } from '../http/read-query.js';

const words = parsed((text) => text);
const maxSeries = 100;
const usualSeries = 10;
const maxBuckets = 10_000;
/** Of all series together: an answer of some megabytes. */
const maxPoints = 100_000;

/** Parameters of series. */
export class SeriesQuery extends TimedQuery {
  @Parameter('by', 'A column whose values have a series each; one series of all unless given', words)
  by?: string;

  @Parameter(
    'select',
    `${selectDoc.replace('packets,bytes,drops unless given', 'packets unless given')}; the first decides which values are the greatest`,
    several(words),
  )
  select?: readonly string[];

  @Parameter(
    'bucket',
    'Length of the buckets of time: 10s, 1m, 1h, 1d, 1w (UTC, weeks from Monday), or auto',
    bucketKind(true),
  )
  bucket: Bucket | 'auto' = 'auto';

  @Parameter('step', stepDoc, bucketKind(false))
  step?: Bucket;

  @Parameter(
    'limit',
    'How many values have a series of their own; the others have one together, in others',
    wholeNumber({ min: 1, max: maxSeries, what: 'a number of series' }),
  )
  limit = usualSeries;

  /** @returns the question, and where its buckets begin, µs @throws Problem or FilterError */
  request(range: Span): { readonly query: SeriesRequest; readonly bucket: Bucket } {
    const bucket = this.bucket === 'auto' ? autoBucket(range) : this.bucket;
    checkBuckets(range, bucket, { field: 'bucket', max: maxBuckets });
    const by = this.#column();
    const metrics = parseMetrics(this.select ?? ['packets']);
    const select = metrics.length > 0 ? metrics : parseMetrics(['packets']);
    const points =
      bucketStarts(range, bucket.us).length * (by === undefined ? 1 : this.limit + 1) * select.length;
    if (points > maxPoints)
      throw badParameter(
        'bucket',
        written(this, 'bucket'),
        `bucket: "${bucket.text}" makes up to ${points} numbers, of which ${maxPoints} are allowed; use a longer one, a lesser limit, or a shorter time`,
      );
    return {
      query: {
        by,
        select,
        bucket_us: bucket.us,
        step_us: stepOf({ step: this.step, bucket }, select, range),
        limit: this.limit,
        filter: this.filter(),
      },
      bucket,
    };
  }

  #column(): ColumnName | undefined {
    const keys = parseKeys(this.by === undefined ? [] : [this.by]);
    const [key, second] = keys;
    if (key === 'time' || second !== undefined) {
      const problem = key === 'time' ? 'series are by time anyway' : 'a series is by one column';
      throw badParameter('by', shown(this.by ?? ''), `by: ${problem}; use one column`, { offset: 0 });
    }
    return key;
  }
}
