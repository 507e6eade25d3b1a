import { NotWith } from '../http/checks.js';
import { RangeQuery } from '../http/columns-query.js';
import { Parameter } from '../http/parameter.js';
import { oneOf, wholeNumber } from '../http/parameter-kinds.js';
import { defaultRows, maxRows, rowFormats, type Portion, type RowFormat } from './row-query.js';

const count = wholeNumber({ min: 1, max: maxRows, what: 'a number of rows' });

/** Parameters of lists of rows. */
export class RowsQuery extends RangeQuery {
  @Parameter('first', 'The first rows of the time that match; not together with last', count)
  @NotWith('last', ['first', 'last'])
  first?: number;

  @Parameter('last', `The last rows that match, in the order of time; ${defaultRows} unless given`, count)
  last?: number;

  @Parameter(
    'format',
    'json (one document) or jsonl (one row a line); goes before the Accept header',
    oneOf(rowFormats),
  )
  format?: RowFormat;

  get portion(): Portion {
    if (this.first !== undefined) return { end: 'first', count: this.first };
    return { end: 'last', count: this.last ?? defaultRows };
  }
}
