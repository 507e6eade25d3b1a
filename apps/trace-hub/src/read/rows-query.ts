import { type RowKey } from '#clickhouse';
import { NotWith } from '../http/checks.js';
import { RangeQuery } from '../http/columns-query.js';
import { Parameter } from '../http/parameter.js';
import { oneOf, parsed, wholeNumber, yesNo } from '../http/parameter-kinds.js';
import { type Cursor, parseCursor } from './cursor.js';
import { defaultRows, maxRows, rowFormats, type RowFormat } from './row-query.js';
import { parseRowKey } from './row-key.js';

/** What `query.max-rows` may be at most. */
const mostRows = 1_000_000_000;
const count = wholeNumber({ min: 1, max: mostRows, what: 'a number of rows' });

/** Parameters of lists of rows. */
export class RowsQuery extends RangeQuery {
  @Parameter('first', 'The first rows of the time that match; not together with last', count)
  @NotWith('last', ['first', 'last'])
  @NotWith('limit', ['first', 'limit'])
  @NotWith('all', ['first', 'all'])
  first?: number;

  @Parameter(
    'last',
    `The last rows that match, in the order of time; ${defaultRows} unless given. A JSON document has ${maxRows} at most`,
    count,
  )
  @NotWith('limit', ['last', 'limit'])
  @NotWith('all', ['last', 'all'])
  last?: number;

  @Parameter('limit', 'The same as last; with cursor, how many rows the page has', count)
  @NotWith('all', ['limit', 'all'])
  limit?: number;

  @Parameter('all', 'true: all rows that match, in the order of time; not as a JSON document', yesNo())
  @NotWith('cursor', ['all', 'cursor'])
  all?: boolean;

  @Parameter(
    'cursor',
    'The next page: what next says of the page before, with the same other parameters',
    parsed(parseCursor),
  )
  @NotWith('after', ['cursor', 'after'])
  cursor?: Cursor;

  @Parameter(
    'after',
    'Rows after this one alone, in the order of time: ts,packet_id,hop of a row, such as the last that came of an answer that was cut off; with first or all',
    parsed(parseRowKey),
  )
  @NotWith('last', ['after', 'last'])
  @NotWith('limit', ['after', 'limit'])
  after?: RowKey;

  @Parameter(
    'format',
    'json (one document), jsonl (one row a line), csv (RFC 4180) or arrow (an IPC stream); goes before the Accept header',
    oneOf(rowFormats),
  )
  format?: RowFormat;
}
