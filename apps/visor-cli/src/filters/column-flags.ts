import { columns, findColumn, flagName, groups, type ColumnDefinition, type Kind } from '#columns';
import { sideNames, sides, type SideName } from '#filter';
import { Flags } from '@oclif/core';

/** What stands for a value in the help. */
const values = {
  timestamp: '<time>',
  u8: '<n>',
  u16: '<n>',
  u32: '<n>',
  u64: '<n>',
  bool: '<true|false>',
  name: '<text>',
  enum: '<value>',
  ip: '<address>',
  mac: '<mac>',
  flags: '<flags>',
} satisfies Record<Kind, string>;

function describe({ doc, values: allowed, bits, list }: ColumnDefinition): string {
  if (list) return `${doc} (one of its names)`;
  if (allowed) return `${doc}: ${allowed.join(', ')}`;
  const named = bits?.filter((bit) => bit !== '') ?? [];
  return named.length > 0 ? `${doc}, all that are given: ${named.join(', ')}` : doc;
}

const columnFlag = (column: ColumnDefinition) =>
  Flags.string({
    summary: describe(column),
    helpGroup: `${groups[column.group]} filter`,
    helpValue: values[column.kind],
    // As SQL and JSON spell it; the help shows one spelling.
    aliases: column.name.includes('_') ? [column.name] : [],
    multiple: true,
    multipleNonGreedy: true,
  });

const sideFlag = (name: SideName) =>
  Flags.string({
    summary: sides[name].doc,
    helpGroup: 'Either side filter',
    helpValue: values[findColumn(sides[name].columns[0])?.kind ?? 'name'],
    multiple: true,
    multipleNonGreedy: true,
  });

/** A flag for every column, `--ip-src`, `--dport`, …, and for those of either side: `--ip`, `--port`, … */
export const columnFlags = Object.fromEntries([
  ...columns.map((column): [string, ReturnType<typeof columnFlag>] => [
    flagName(column.name),
    columnFlag(column),
  ]),
  ...sideNames.map((name): [string, ReturnType<typeof columnFlag>] => [name, sideFlag(name)]),
]);
