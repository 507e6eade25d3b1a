import { type ColumnName, findColumn, flagName } from '#columns';
import { filterFromParameters, formatFilter } from '#filter';
import { type FilterState } from './filter-state.js';

/** They go with a query, too. */
const places: readonly string[] = ['agent-id', 'netns'];

/** @returns the condition as a part of another; the newline ends a comment with which it may end */
export const inParentheses = (query: string): string =>
  /#|\/\//.test(query) ? `(${query}\n)` : `(${query})`;

/** @param raw the value as the hub sends it @returns as it is written behind the column's flag */
export function flagValue(column: ColumnName, raw: string): string {
  const text = raw.replaceAll('\\', '\\\\').replace(/^!/, '\\!');
  // Of flags a comma is part of the value.
  return findColumn(column)?.kind === 'flags' ? text : text.replaceAll(',', '\\,');
}

/**
 * @param value as it is written behind the flag
 * @returns the filter that shows only what has the value, or with `exclude` only what has not. What is shown has already
 * passed the filter: so of its column the value alone is left
 * @throws FilterError for a value that the column cannot have
 */
export function withValue(
  { columns, query }: FilterState,
  column: ColumnName,
  value: string,
  exclude: boolean,
): FilterState {
  const name = flagName(column);
  const given = exclude ? `!${value}` : value;
  const test = filterFromParameters({ [name]: given });
  if (query !== '' && !places.includes(name)) {
    const condition = test ? formatFilter(test) : '';
    return { columns, query: `${inParentheses(query)} and ${condition}` };
  }
  const before = columns[name] ?? [];
  const values = exclude ? [...before.filter((each) => each !== given), given] : [value];
  return { columns: { ...columns, [name]: values }, query };
}
