import { findColumn, type ColumnName } from '#columns';

/** Between the names of one cell of a list column */
export const SEPARATOR = ',';

/** @returns whether a column's cells may hold several names: equality then means that a cell has the name among them */
export function isList(column: ColumnName): boolean {
  return findColumn(column)?.list === true;
}

/** @returns whether `name` is one of the names of a cell; '' is one of an empty cell only */
export function hasName(cell: string, name: string): boolean {
  if (name === '') return cell === '';
  for (let at = cell.indexOf(name); at >= 0; at = cell.indexOf(name, at + 1)) {
    const end = at + name.length;
    const starts = at === 0 || cell[at - 1] === SEPARATOR;
    if (starts && (end === cell.length || cell[end] === SEPARATOR)) return true;
  }
  return false;
}

/** @returns whether one of a cell's names is so; an empty cell has the name '' */
export function someName(cell: string, holds: (name: string) => boolean): boolean {
  let start = 0;
  for (let end = cell.indexOf(SEPARATOR); end >= 0; end = cell.indexOf(SEPARATOR, start)) {
    if (holds(cell.slice(start, end))) return true;
    start = end + 1;
  }
  return holds(start === 0 ? cell : cell.slice(start));
}
