import { columns } from '#columns';
import {
  and,
  compare,
  type Filter,
  filterFromParameters,
  MAX_TEXT,
  parseFilter,
  sideNames,
  sides,
} from '#filter';
import { IsAfter } from './checks.js';
import { FilterColumns, Parameter } from './parameter.js';
import { type ParameterKind, time } from './parameter-kinds.js';
import { type GivenFilters, asGiven } from './read-query.js';
import { columnDoc } from './valid-query.js';

/** A text of the query language. */
const filterText: ParameterKind = {
  parse: (text, { field, nowUs }) => parseFilter(text, { field, nowUs }),
  checks: [],
  fault: 'is not understood',
  allowed: 'the query language',
  schema: { type: 'string', maxLength: MAX_TEXT },
  multiline: true,
};

/** Parameters of endpoints whose rows are chosen by every column. */
@FilterColumns([
  ...columns.map((column) => ({ name: column.name, doc: columnDoc(column) })),
  ...sideNames.map((name) => ({ name, doc: sides[name].doc })),
])
export class ColumnsQuery {
  /** The parameters that filter columns, as they were written. */
  given: GivenFilters = {};

  @Parameter(
    'query',
    'A filter in the query language, which must match as well: dport in (80, 443) and not ip-src in 10.0.0.0/8',
    filterText,
  )
  query?: Filter;

  /** @returns what the parameters of columns, and query, ask for; undefined where there are none @throws FilterError */
  columnFilter(): Filter | undefined {
    const parts = [filterFromParameters(this.given), this.query].filter((part) => part !== undefined);
    return parts.length > 0 ? and(parts) : undefined;
  }

  /** @returns all that the parameters ask for; undefined where that is nothing @throws FilterError */
  filter(): Filter | undefined {
    return this.columnFilter();
  }

  /** @returns the same for the same filters */
  asked(): unknown {
    return [this.given, asGiven(this, 'query')];
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

  override filter(): Filter | undefined {
    const parts: Filter[] = [];
    if (this.sinceUs !== undefined) parts.push(compare('ts', '>=', this.sinceUs));
    if (this.untilUs !== undefined) parts.push(compare('ts', '<', this.untilUs));
    const asked = this.columnFilter();
    if (asked) parts.push(asked);
    return parts.length > 0 ? and(parts) : undefined;
  }
}
