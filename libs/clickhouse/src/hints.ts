import { findColumn, type ColumnName } from '#columns';
import { type Filter } from '#filter';
import { keyedRows, keyJson, needsOf, type GroupQuery, settingsOf } from './aggregate-query.js';
import { type Statement } from './engine.js';
import { type Needs, type SourcePlan } from './flows-source.js';

export interface HintQuery {
  readonly column: ColumnName;
  /** What a value's text begins with, in any case. */
  readonly prefix: string;
  /** How many values. */
  readonly limit: number;
  readonly filter?: Filter | undefined;
}

export interface HintRecord {
  readonly value: string | number | boolean;
  /** Packets that have it, each as all that it stands for. */
  readonly count: number;
}

const groupQuery = ({ column, filter }: HintQuery): GroupQuery => ({
  by: [column],
  bucket_us: 0,
  step_us: 0,
  filter,
});

/** @returns what the question needs of the table that answers it */
export const hintNeeds = (query: HintQuery): Needs => needsOf(groupQuery(query), []);

/**
 * @returns the statement for a column's values by frequency (HintRecord), one more than `limit` where there are more. Of
 * a list column each name of a cell is a value: filters ask for names.
 */
export function selectHints(query: HintQuery, plan: SourcePlan): Statement {
  const { column, prefix, limit } = query;
  const { sql: rows, params } = keyedRows(groupQuery(query), [], plan);
  const names = findColumn(column)?.list ? "arrayJoin(splitByChar(',', k0))" : 'k0';
  const value = keyJson(column, 'g.name');
  const begins = `startsWith(lowerUTF8(toString(value)), lowerUTF8({prefix:String}))`;
  const sql = `SELECT ${value} AS value, g.packets AS count
FROM (SELECT ${names} AS name, sum(weight) AS packets FROM (${rows}) GROUP BY name) AS g
${prefix === '' ? '' : `WHERE ${begins}\n`}ORDER BY g.packets DESC, g.name
LIMIT {limit:UInt64} + 1
${settingsOf(plan)}`;
  return { sql, params: { ...params, ...(prefix !== '' && { prefix }), limit } };
}
