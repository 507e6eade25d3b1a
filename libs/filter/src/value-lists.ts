import { type ColumnName } from '#columns';
import { isList } from './lists.js';
import { type Filter } from './tree.js';

/** From so many values of one column on, they are looked up together instead of one after the other. */
const WORTH = 3;

/** That a column has one of several values. */
export interface ValueList {
  readonly column: ColumnName;
  readonly values: readonly unknown[];
}

function lookedUp(part: Filter): { column: ColumnName; value: unknown } | undefined {
  if (part.op !== 'test' || part.operator !== '==' || isList(part.column)) return undefined;
  return part;
}

/** @returns the equalities of each column taken together where there are several; `rest` has the other alternatives */
export function valueLists(of: readonly Filter[]): { lists: ValueList[]; rest: Filter[] } {
  const byColumn = new Map<ColumnName, unknown[]>();
  for (const part of of) {
    const test = lookedUp(part);
    if (!test) continue;
    const values = byColumn.get(test.column);
    if (values) values.push(test.value);
    else byColumn.set(test.column, [test.value]);
  }
  const lists = [...byColumn].filter(([, values]) => values.length >= WORTH);
  const taken = new Set(lists.map(([column]) => column));
  const rest = of.filter((part) => {
    const test = lookedUp(part);
    return !test || !taken.has(test.column);
  });
  return { lists: lists.map(([column, values]) => ({ column, values })), rest };
}
