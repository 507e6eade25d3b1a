import { columns, findColumn, flagName, groups, type ColumnName, type Group } from '#columns';
import { FilterError, filterFromParameters, parseFilter, sideNames, sides } from '#filter';
import { type FilterState } from '../model/filter-state.js';
import { joined } from './conditions.js';
import { fieldOf, type TextField } from './text-field.js';

/** A field of the filter form. */
export interface FilterField {
  /** The flag that it is: `dport`, `ip`, `query`. */
  readonly name: string;
  /** Under which heading it stands. */
  readonly group: string;
  readonly doc: string;
  readonly field: TextField;
}

export const QUERY = 'query';

const queryDoc = "A condition of the query language: dport in (22, 53) and not sg-src == 'web'";
const isFlags = (name: string): boolean => findColumn(name)?.kind === 'flags';

/** What a value that is absent looks like in a field, where nothing means that it is not asked for. */
const ABSENT = "''";

/** @returns the flag's values in one text; of flags, whose values have commas, with | between them */
function textOf(name: string, values: readonly string[]): string {
  const texts = values.map((value) => (value === '' ? ABSENT : value));
  return texts.join(isFlags(name) ? '|' : ',');
}

/** @returns the flag's values; none of an empty text */
function valuesOf(name: string, text: string): string[] {
  if (text.trim() === '') return [];
  const texts = isFlags(name) ? text.split('|') : [text];
  return texts.map((one) => (one.trim() === ABSENT ? '' : isFlags(name) ? one.trim() : one));
}

interface Told {
  readonly name: string;
  readonly group: string;
  readonly doc: string;
}

/** What is asked for most. */
const usual: readonly ColumnName[] = [
  ...(['fate', 'ip_src', 'ip_dst', 'proto', 'sport', 'dport', 'chain', 'agent_id'] as const),
];

const toldOf = ({ name, doc }: { readonly name: string; readonly doc: string }, group: string): Told => ({
  name: flagName(name),
  group,
  doc,
});

/** All that can be asked for, in the order of the form. */
const all: readonly Told[] = [
  { name: QUERY, group: 'Query', doc: queryDoc },
  ...usual.map((name) => toldOf({ name, doc: findColumn(name)?.doc ?? '' }, 'Usual')),
  ...sideNames.map((name) => toldOf({ name, doc: sides[name].doc }, 'Either side')),
  ...(Object.keys(groups) as Group[]).flatMap((group) =>
    columns
      .filter((column) => column.group === group && !usual.includes(column.name))
      .map((column) => toldOf(column, groups[group])),
  ),
];

/** @returns the fields with what the filter asks for */
export function filterFields(filter: FilterState): FilterField[] {
  return all.map((told) => {
    const text = told.name === QUERY ? filter.query : textOf(told.name, filter.columns[told.name] ?? []);
    return { ...told, field: fieldOf(text) };
  });
}

/** @returns what is wrong with a field's text, to stand behind it; undefined where nothing is */
export function faultOf(name: string, text: string): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    if (name === QUERY) parseFilter(text, { field: 'query' });
    else filterFromParameters({ [name]: valuesOf(name, text) });
    return undefined;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return faultText(error);
  }
}

/** @returns `column 7: "foo" is no column; use dport` */
export function faultText({ line, column, value, problem, allowed }: FilterError): string {
  const place = column === undefined ? '' : `${line === 1 ? '' : `line ${line}, `}column ${column}: `;
  const shown =
    value === '' ? '' : `${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)} `;
  return `${place}${shown}${problem}; use ${allowed}`;
}

/** @returns the filter that the fields ask for; what columns and query say together @throws FilterError */
export function filterOfFields(fields: readonly FilterField[]): FilterState {
  const query = fields.find(({ name }) => name === QUERY)?.field.text.trim() ?? '';
  const given = fields
    .filter(({ name }) => name !== QUERY)
    .map(({ name, field }): [string, string[]] => [name, valuesOf(name, field.text)])
    .filter(([, values]) => values.length > 0);
  return joined({ columns: Object.fromEntries(given), query });
}

/** @returns columns of the names in a text with commas, each once, and what is wrong with it */
export function columnList(text: string): { names: ColumnName[]; unknown: string | undefined } {
  const texts = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const unknown = texts.find((one) => !findColumn(one));
  const names = texts.map((one) => findColumn(one)?.name).filter((name) => name !== undefined);
  return { names: [...new Set(names)], unknown };
}
