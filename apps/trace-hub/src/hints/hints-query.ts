import { type HintQuery as HintRequest } from '#clickhouse';
import { findColumn, type ColumnName } from '#columns';
import { unknownColumn } from '../aggregate/metric-text.js';
import { TimedQuery } from '../aggregate/timed-query.js';
import { Parameter } from '../http/parameter.js';
import { parsed, wholeNumber } from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';

const words = parsed((text) => text);
const columnName = { ...words, allowed: 'the name of a column: field=dport' };
const day_us = 86_400e6;
const maxHints = 1000;
const usualHints = 20;
const maxPrefix = 200;

/** Parameters of hints. */
export class HintsQuery extends TimedQuery {
  @Parameter('field', 'The column whose values are wanted', columnName, { required: true })
  field = '';

  @Parameter('prefix', 'What a value begins with, in any case', words)
  prefix = '';

  @Parameter('limit', 'How many values', wholeNumber({ min: 1, max: maxHints, what: 'a number of values' }))
  limit = usualHints;

  /** Values of yesterday are worth a hint too. */
  protected override get usualLength_us(): number {
    return day_us;
  }

  /** @throws Problem or FilterError */
  request(): HintRequest {
    return {
      column: hintColumn(this.field),
      prefix: checkPrefix(this.prefix),
      limit: this.limit,
      filter: this.filter(),
    };
  }
}

/** @throws Problem where there is no such column, or its values are no choice */
function hintColumn(field: string): ColumnName {
  const column = findColumn(field.trim());
  const piece = { field: 'field', whole: field, text: field.trim(), offset: 0 };
  if (!column) throw unknownColumn(piece, 'a column is needed');
  if (column.kind === 'timestamp')
    throw badParameter(
      'field',
      field,
      `field: no two rows have one ${column.name}, so there is nothing to choose from; use since and until`,
    );
  return column.name;
}

function checkPrefix(prefix: string): string {
  if (prefix.length <= maxPrefix) return prefix;
  throw badParameter(
    'prefix',
    `${prefix.slice(0, 80)}…`,
    `prefix: there are ${prefix.length} characters; at most ${maxPrefix} are allowed`,
  );
}
