import { type Span } from '#clickhouse';
import { ColumnsQuery } from '../http/columns-query.js';
import { IsAfter } from '../http/checks.js';
import { Parameter } from '../http/parameter.js';
import { oneOf, time } from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';
import { written } from '../http/read-query.js';
import { tableFormats, type TableFormat } from './table-format.js';

const hour_us = 3600e6;

/** Parameters of questions that look at all packets of a time, which therefore has two ends. */
export class TimedQuery extends ColumnsQuery {
  @Parameter(
    'since',
    'From this time on: RFC 3339, a date, or how long ago (15m, 1h30m, 1d); 1h before until unless given',
    time(),
  )
  sinceUs?: number;

  @Parameter('until', 'Before this time; the forms of since; now unless given', time())
  @IsAfter('sinceUs', ['until', 'since'])
  untilUs?: number;

  @Parameter(
    'format',
    'json (one document), jsonl (one row a line) or csv (with a header); goes before the Accept header',
    oneOf(tableFormats),
  )
  format?: TableFormat;

  /** How long before its end the time begins where nothing is said, µs. */
  protected get usualLength_us(): number {
    return hour_us;
  }

  /** @returns the time that is asked for @throws Problem where it begins after now and has no end */
  range(now_us = Date.now() * 1000): Span {
    const to_us = this.untilUs ?? now_us;
    const from_us = this.sinceUs ?? Math.max(0, to_us - this.usualLength_us);
    if (from_us < to_us) return { from_us, to_us };
    if (this.sinceUs === undefined)
      throw badParameter(
        'until',
        written(this, 'until'),
        `until: "${written(this, 'until')}" leaves no time; use a later one`,
      );
    const since = written(this, 'since');
    throw badParameter(
      'since',
      since,
      `since: "${since}" is not before now, which is until unless given; use an earlier one`,
    );
  }
}
