import { Injectable } from '@nestjs/common';
import {
  type Metric,
  metricName,
  selectSeries,
  type SeriesRecord,
  seriesNeeds,
  type SourceName,
} from '#clickhouse';
import { formatTimestamp } from '#columns';
import { bucketStarts } from '../aggregate/bucket.js';
import { SourceService } from '../aggregate/source.service.js';
import { type Cell, type Table } from '../aggregate/table-format.js';
import { type Searched } from '../read/envelope.js';
import { type SeriesQuery } from './series-query.js';

type Metrics = Readonly<Record<string, Cell>>;

/** The numbers of one value of the column, or of all others. */
export interface SeriesJson {
  /** The value; left out where there is no column, and of others. */
  readonly value?: Cell;
  /** Each metric over the whole time. */
  readonly total: Metrics;
  /** Each metric by bucket, in the order of `times`. */
  readonly points: Readonly<Record<string, readonly Cell[]>>;
}

export interface SeriesAnswer {
  /** The column, where there is one. */
  readonly by?: string;
  readonly bucket: string;
  /** When each bucket begins; the first and the last may be there in part. */
  readonly times: readonly string[];
  /** The greatest first. */
  readonly series: readonly SeriesJson[];
  readonly others?: SeriesJson;
  /** How many series, without others. */
  readonly count: number;
  readonly source: SourceName;
  readonly searched: Searched;
}

/** What a metric is where there are no packets: a count is 0, a minimum is not there. */
const ofNothing = (metric: Metric): 0 | null =>
  (metric.kind === 'column' && metric.fn !== 'uniq') || metric.kind === 'quantile' ? null : 0;

const keyOf = ({ shown, key }: SeriesRecord): string => JSON.stringify([shown, key]);

/** Numbers of packets over time. */
@Injectable()
export class SeriesService {
  constructor(private readonly source: SourceService) {}

  /** @throws Problem, FilterError */
  async ask(asked: SeriesQuery, signal: AbortSignal): Promise<{ document: SeriesAnswer; table: Table }> {
    const range = asked.range();
    const { query, bucket } = asked.request(range);
    const { rows, plan, source, searched } = await this.source.ask<SeriesRecord>({
      needs: seriesNeeds(query),
      range,
      statement: (plan) => selectSeries(query, plan),
      any: (rows) => rows.length > 0,
      signal,
    });
    const starts = bucketStarts(plan.range, bucket.us);
    const filled = fill(rows, starts, query.select);
    const all = filled.filter(({ shown }) => shown).map(({ series }) => series);
    const others = filled.find(({ shown }) => !shown)?.series;
    const times = starts.map(formatTimestamp);
    const document: SeriesAnswer = {
      ...(query.by !== undefined && { by: query.by }),
      bucket: bucket.text,
      times,
      series: all,
      ...(others && { others }),
      count: all.length,
      source,
      searched,
    };
    return { document, table: tableOf(document, query.select.map(metricName)) };
  }
}

/** The rows of a series come with that of the whole time first. */
function fill(rows: readonly SeriesRecord[], starts: readonly number[], metrics: readonly Metric[]) {
  const places = new Map(starts.map((us, place) => [us, place]));
  const found = new Map<string, { shown: boolean; series: SeriesJson; points: Record<string, Cell[]> }>();
  for (const row of rows) {
    const key = keyOf(row);
    if (row['us'] === null) {
      const total = Object.fromEntries(metrics.map((m) => [metricName(m), row[metricName(m)] ?? null]));
      const points = Object.fromEntries(
        metrics.map((metric) => [metricName(metric), starts.map((): Cell => ofNothing(metric))]),
      );
      const value = row['shown'] === true && row['key'] !== undefined ? { value: row['key'] } : {};
      found.set(key, { shown: row['shown'] === true, series: { ...value, total, points }, points });
      continue;
    }
    const place = places.get(Number(row['us']));
    const points = found.get(key)?.points;
    if (place === undefined || points === undefined) continue;
    for (const metric of metrics) (points[metricName(metric)] ?? [])[place] = row[metricName(metric)] ?? null;
  }
  return [...found.values()];
}

/** A row for each bucket of each series; of others the value is null. */
function tableOf({ by, times, series, others }: SeriesAnswer, names: readonly string[]): Table {
  const rows = [...series, ...(others ? [others] : [])].flatMap(({ value = null, points }) =>
    times.map((time, place) => ({
      time,
      ...(by !== undefined && { [by]: value }),
      ...Object.fromEntries(names.map((name) => [name, points[name]?.[place] ?? null])),
    })),
  );
  return { columns: ['time', ...(by === undefined ? [] : [by]), ...names], rows };
}
