import { NotWith } from '../http/checks.js';
import { Parameter } from '../http/parameter.js';
import { oneOf, wholeNumber } from '../http/parameter-kinds.js';
import { defaultRows, maxRows, rowFormats, type RowFormat } from './row-query.js';

const count = wholeNumber({ min: 1, max: maxRows, what: 'a number of rows' });

/** Which end of the rows is wanted; they come in their order either way. */
export type Take = { readonly first: number } | { readonly last: number };

/** Parameters of small tables. */
export class TableQuery {
  @Parameter('first', 'The first rows that match; not together with last', count)
  @NotWith('last', ['first', 'last'])
  @NotWith('limit', ['first', 'limit'])
  first?: number;

  @Parameter('last', `The last rows that match, in their order; ${defaultRows} unless given`, count)
  @NotWith('limit', ['last', 'limit'])
  last?: number;

  @Parameter('limit', 'The same as last', count)
  limit?: number;

  @Parameter(
    'format',
    'json (one document), jsonl (one row a line), csv (RFC 4180) or arrow (an IPC stream); goes before the Accept header',
    oneOf(rowFormats),
  )
  format?: RowFormat;

  /** @param usual what is taken where nothing is said */
  take(usual: Take = { last: defaultRows }): Take {
    const last = this.last ?? this.limit;
    if (this.first !== undefined) return { first: this.first };
    return last === undefined ? usual : { last };
  }
}
