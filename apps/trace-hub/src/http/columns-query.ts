import { columns } from '#columns';
import { and, compare, type Filter, filterFromParameters } from '#filter';
import { IsAfter } from './checks.js';
import { FilterColumns, Parameter } from './parameter.js';
import { time } from './parameter-kinds.js';
import { type GivenFilters } from './read-query.js';
import { columnDoc } from './valid-query.js';

/** Parameters of endpoints whose rows are chosen by every column. */
@FilterColumns(columns.map((column) => ({ column, doc: columnDoc(column) })))
export class ColumnsQuery {
  /** The parameters that filter columns, as they were written. */
  given: GivenFilters = {};

  /** @returns what the parameters of columns ask for; undefined where there are none @throws FilterError */
  filter(): Filter | undefined {
    return filterFromParameters(this.given);
  }
}

/** … and by a range of time. */
export class RangeQuery extends ColumnsQuery {
  /** µs; from here on. */
  @Parameter('since', 'From this time on: RFC 3339, a date, or how long ago (15m, 1h30m, 1d)', time())
  sinceUs?: number;

  /** µs; before here. */
  @Parameter('until', 'Before this time; the forms of since', time())
  @IsAfter('sinceUs', ['until', 'since'])
  untilUs?: number;

  /** @returns the filter with the range as conditions on `ts` */
  override filter(): Filter | undefined {
    const parts: Filter[] = [];
    if (this.sinceUs !== undefined) parts.push(compare('ts', '>=', this.sinceUs));
    if (this.untilUs !== undefined) parts.push(compare('ts', '<', this.untilUs));
    const asked = super.filter();
    if (asked) parts.push(asked);
    return parts.length > 0 ? and(parts) : undefined;
  }
}
