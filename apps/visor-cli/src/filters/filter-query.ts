import { type Query } from '#api-client';
import { findColumn, flagName } from '#columns';
import { and, type Filter, filterFromParameters, isFilterParameter, not, parseFilter } from '#filter';
import { CliError } from '../errors.js';

/** Flags of columns, each value as it was given. */
export type ColumnValues = Readonly<Record<string, readonly string[] | undefined>>;

/** What parsing gave for filterFlags; flags that filter nothing may be among them. */
export type FilterValues = Readonly<Record<string, unknown>>;

interface Given {
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** A condition of the query language, and whether it must not hold. */
  readonly condition: { readonly text: string; readonly negated: boolean } | undefined;
}

/** They say where to look, and so go with a query too. */
const places: readonly string[] = ['agent-id', 'netns'];

const usage = (message: string): CliError => new CliError('filter', 'usage', message);

function conditionOf(values: FilterValues): Given['condition'] {
  const { query, 'not-query': notQuery } = values;
  if (typeof query === 'string' && typeof notQuery === 'string') {
    throw usage('--query may be given once; join the two with and: -q "(…) and not (…)".');
  }
  if (typeof query === 'string') return { text: query, negated: false };
  return typeof notQuery === 'string' ? { text: notQuery, negated: true } : undefined;
}

function given(values: FilterValues): Given {
  const columns: Record<string, readonly string[]> = {};
  for (const [name, list] of Object.entries(values)) {
    if (!isFilterParameter(name) || !Array.isArray(list)) continue;
    columns[flagName(findColumn(name)?.name ?? name)] = list as readonly string[];
  }
  const condition = conditionOf(values);
  const column = Object.keys(columns).find((name) => !places.includes(name));
  if (condition && column !== undefined) {
    throw usage(
      `--query and --${column} exclude each other; write ${column} into the query (-q '(…) and ${column} == …'), or ` +
        'use flags of columns alone, which go together. --agent-id, --netns, times and numbers of rows go with both.',
    );
  }
  return { columns, condition };
}

/**
 * @param nowUs what `15m` in a condition is ago of: µs since 1970
 * @returns the filter that the flags ask for, undefined where none does
 * @throws FilterError, CliError `usage`
 */
export function filterOf(values: FilterValues, nowUs?: number): Filter | undefined {
  const { columns, condition } = given(values);
  const filter = filterFromParameters(columns);
  if (!condition) return filter;
  const told = parseFilter(condition.text, { field: 'query', ...(nowUs !== undefined && { nowUs }) });
  const wanted = condition.negated ? not(told) : told;
  return filter ? and([filter, wanted]) : wanted;
}

/**
 * @returns the parameters by which the hub filters; checked, so that a wrong value is told without a hub
 * @throws FilterError, CliError `usage`
 */
export function filterQuery(values: FilterValues): Query {
  filterOf(values);
  const { columns, condition } = given(values);
  if (!condition) return columns;
  // The newline ends a comment with which the condition may end.
  return { ...columns, query: condition.negated ? `not (${condition.text}\n)` : condition.text };
}
