import { Injectable } from '@nestjs/common';
import {
  aggregateNeeds,
  type AggregateRecord,
  metricName,
  rowKinds,
  selectAggregate,
  type SourceName,
  type Span,
} from '#clickhouse';
import { type AggregateQuery, rowNames } from './aggregate-query.js';
import { type Searched } from '../read/envelope.js';
import { SourceService } from './source.service.js';
import { type Cell, type Table } from './table-format.js';

type Row = Readonly<Record<string, Cell>>;

/** Groups of packets, as JSON has them. */
export interface AggregateJson {
  readonly rows: readonly Row[];
  readonly count: number;
  /** Whether there are more groups than these that meet the conditions; with both `others` and `having`: may be. */
  readonly more: boolean;
  /** The metrics of all that the filter takes. */
  readonly total: Row;
  /** The metrics of all that is in none of the rows, where it was asked for and there is any. */
  readonly others?: Row;
  /** The length of the buckets of time, where there are any. */
  readonly bucket?: string;
  readonly source: SourceName;
  readonly searched: Searched;
}

const pick = (record: AggregateRecord, names: readonly string[]): Row =>
  Object.fromEntries(names.map((name) => [name, record[name] ?? null]));

/** Packets in groups. */
@Injectable()
export class AggregateService {
  constructor(private readonly source: SourceService) {}

  /** @throws Problem, FilterError */
  async ask(asked: AggregateQuery, signal: AbortSignal): Promise<{ document: AggregateJson; table: Table }> {
    const range: Span = asked.range();
    const { query, bucket } = asked.request(range);
    const {
      rows: records,
      source,
      searched,
    } = await this.source.ask<AggregateRecord>({
      needs: aggregateNeeds(query),
      range,
      statement: (plan) => selectAggregate(query, plan),
      any: (rows) => rows.some((row) => query.select.some((metric) => row[metricName(metric)])),
      signal,
    });
    const columns = rowNames(query);
    const metrics = query.select.map(metricName);
    const of = (kind: number): AggregateRecord[] => records.filter((record) => record['row_kind'] === kind);
    const groups = of(rowKinds.group);
    const rows = groups
      .slice(0, query.by.length > 0 ? query.limit : 1)
      .map((record) => pick(record, columns));
    const [total = groups[0] ?? {}] = of(rowKinds.total);
    const [rest] = of(rowKinds.others);
    const document: AggregateJson = {
      rows,
      count: rows.length,
      // Where there was room for more, the others are what does not meet the conditions.
      more: groups.length > rows.length || (rest !== undefined && rows.length >= query.limit),
      total: pick(total, metrics),
      ...(rest && { others: pick(rest, metrics) }),
      ...(bucket && { bucket: bucket.text }),
      source,
      searched,
    };
    const blank = Object.fromEntries(query.by.map((key) => [key, null]));
    const table = { columns, rows: rest ? [...rows, { ...blank, ...pick(rest, metrics) }] : rows };
    return { document, table };
  }
}
