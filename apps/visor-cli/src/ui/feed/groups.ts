import { type Aggregate, type Query } from '#api-client';
import { columns, type ColumnName } from '#columns';
import { printable } from '../../format/printable.js';
import { groupsOf, type GroupRow } from '../../groups/answer.js';
import { type GroupLine, type GroupsState } from '../model/state.js';

const count = (row: GroupRow, name: string): number => Number(row[name] ?? 0) || 0;

function lineOf(row: GroupRow, keys: readonly string[]): GroupLine {
  const values: Partial<Record<ColumnName, string>> = {};
  for (const { name } of columns) if (keys.includes(name)) values[name] = printable(String(row[name] ?? ''));
  return {
    key: JSON.stringify(keys.map((name) => row[name])),
    values,
    packets: count(row, 'packets'),
    bytes: count(row, 'bytes'),
    drops: count(row, 'drops'),
  };
}

/** @throws CliError `protocol` */
export function groupsState(document: Aggregate, query: Query): GroupsState {
  const { keys, rows, total, more } = groupsOf(document, query);
  return {
    lines: rows.map((row) => lineOf(row, keys)),
    total: { packets: count(total, 'packets'), bytes: count(total, 'bytes'), drops: count(total, 'drops') },
    more,
  };
}
