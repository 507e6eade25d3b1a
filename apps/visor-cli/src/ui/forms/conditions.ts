import { findColumn } from '#columns';
import { filterFromParameters, formatFilter } from '#filter';
import { type FilterState } from '../model/filter-state.js';

/** They go with a query, too. */
export const places: readonly string[] = ['agent-id', 'netns'];

/** Values of a flag that are separated by commas, each still escaped and with its `!`. */
const VALUES = /(?:^|,)((?:\\[^]|[^,\\]|\\$)*)/g;

/** @returns the values of a flag; of TCP flags and the like a comma is part of a value */
export function splitValues(name: string, texts: readonly string[]): string[] {
  if (findColumn(name)?.kind === 'flags') return [...texts];
  return texts.flatMap((text) => [...text.matchAll(VALUES)].map(([, value = '']) => value));
}

/** @returns a condition of the language that means what flags of columns mean; '' of none @throws FilterError */
export function conditionOf(columns: FilterState['columns']): string {
  const filter = filterFromParameters(columns);
  return filter ? formatFilter(filter) : '';
}

/** @returns a condition that holds where both do; a comment at the end of the first ends with its line */
export function bothOf(first: string, second: string): string {
  if (first === '' || second === '') return first + second;
  const end = /#|\/\//.test(first) ? '\n' : '';
  return `(${first}${end}) and ${/ or /.test(second) ? `(${second})` : second}`;
}

/** @returns the columns that stand beside a query, and the others */
export function apart(columns: FilterState['columns']): {
  beside: FilterState['columns'];
  others: FilterState['columns'];
} {
  const entries = Object.entries(columns);
  return {
    beside: Object.fromEntries(entries.filter(([name]) => places.includes(name))),
    others: Object.fromEntries(entries.filter(([name]) => !places.includes(name))),
  };
}

/** @returns the filter with what columns and query say together, as the command line takes it @throws FilterError */
export function joined({ columns, query }: FilterState): FilterState {
  const { beside, others } = apart(columns);
  if (query.trim() === '') return { columns, query: '' };
  return { columns: beside, query: bothOf(query, conditionOf(others)) };
}
