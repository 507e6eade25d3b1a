import { type ColumnName } from '#columns';
import { type Filter } from '#filter';

/** @returns the columns that a filter asks, each once */
export function filterColumns(filter: Filter): ColumnName[] {
  const found = new Set<ColumnName>();
  const walk = (part: Filter): void => {
    if (part.op === 'not') walk(part.of);
    else if (part.op !== 'test') part.of.forEach(walk);
    else {
      found.add(part.column);
      if (part.operator === 'column') found.add(part.value.column);
    }
  };
  walk(filter);
  return [...found];
}
