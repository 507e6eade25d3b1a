import { columns, findColumn, type ColumnDefinition, type ColumnName } from '#columns';
import { chooseColumns } from './column-choice.js';

const all = columns.map(({ name }) => name);

export type RowColumn = ColumnDefinition & { readonly name: ColumnName };

/** @returns the columns of a form for programs: all, unless --columns says otherwise @throws CliError `usage` */
export function rowColumns(chosen: string | undefined): readonly RowColumn[] {
  return chooseColumns(chosen, { known: all, usual: all })
    .map((name) => findColumn(name))
    .filter((column) => column !== undefined);
}
