import { type ColumnName } from '#columns';
import { type Filter } from './tree.js';

/** @returns the columns that a filter looks at */
export function filterColumns(filter: Filter | undefined): ReadonlySet<ColumnName> {
  const names = new Set<ColumnName>();
  const collect = (part: Filter): void => {
    if (part.op === 'test') {
      names.add(part.column);
      if (part.operator === 'column') names.add(part.value.column);
    } else if (part.op === 'not') collect(part.of);
    else part.of.forEach(collect);
  };
  if (filter) collect(filter);
  return names;
}
