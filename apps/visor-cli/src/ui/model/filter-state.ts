import { type FilterValues } from '../../filters/filter-query.js';

/**
 * A filter as the flags of `watch` have it. With a query only `agent-id` and `netns` go beside it, as on the command
 * line; filterQuery(filterValues(…)) checks it and gives the parameters for the hub.
 */
export interface FilterState {
  /** By the flag's name (`ip-src`), each value as it would be written behind the flag: `!80,443`. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** A condition of the query language; '' for none. */
  readonly query: string;
}

export const noFilter: FilterState = { columns: {}, query: '' };

/** @returns what filterOf() and filterQuery() take */
export function filterValues({ columns, query }: FilterState): FilterValues {
  return query === '' ? columns : { ...columns, query };
}
