import { type Span } from '#clickhouse';
import { Parameter } from '../http/parameter.js';
import { parsed, time, wholeNumber } from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';
import { written } from '../http/read-query.js';

const day_us = 86_400e6;
/** A URL has less. */
const maxText = 65_536;

/** Parameters of completion. */
export class CompleteQuery {
  @Parameter('text', 'A text of the query language, which need not be whole', {
    ...parsed((text) => text),
    multiline: true,
  })
  text = '';

  @Parameter(
    'cursor',
    'Where in the text, in UTF-16 units from 0; its end unless given',
    wholeNumber({ min: 0, max: maxText, what: 'a place in a text' }),
  )
  cursor?: number;

  @Parameter(
    'since',
    'Known values are those of rows from this time on: RFC 3339, a date, or how long ago (15m, 1d); 1d unless given',
    time(),
  )
  sinceUs?: number;

  /** @throws Problem where the time begins after now */
  range(now_us = Date.now() * 1000): Span {
    const from_us = this.sinceUs ?? now_us - day_us;
    if (from_us < now_us) return { from_us, to_us: now_us };
    const since = written(this, 'since');
    throw badParameter('since', since, `since: "${since}" is not before now; use an earlier one`);
  }
}
