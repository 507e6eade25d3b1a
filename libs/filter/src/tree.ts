import { type ColumnName, type ColumnOfKind, type ValueOf } from '#columns';

/**
 * A filter as a tree. Parameters, flags and (later) the query language all build this; SQL and the predicate are made
 * from it and mean the same.
 */
export type Filter = All | Any | Not | Test;

/** All must hold; none = true. */
export interface All {
  readonly op: 'and';
  readonly of: readonly Filter[];
}

/** One must hold; none = false. */
export interface Any {
  readonly op: 'or';
  readonly of: readonly Filter[];
}

export interface Not {
  readonly op: 'not';
  readonly of: Filter;
}

export type Test = EqualTest | OrderTest | RangeTest | PrefixTest | FlagsTest;

/** The columns whose values have an order that SQL and JavaScript agree on. */
export type OrderedColumn = ColumnOfKind<'timestamp' | 'u8' | 'u16' | 'u32' | 'u64'>;
export type Ordered = number | bigint;

/** Of a list column: one of a cell's names is the value, '' = the cell has none. */
export interface EqualTest {
  readonly op: 'test';
  readonly column: ColumnName;
  readonly operator: '==' | '!=';
  readonly value: ValueOf<ColumnName>;
}

export interface OrderTest {
  readonly op: 'test';
  readonly column: OrderedColumn;
  readonly operator: '<' | '<=' | '>' | '>=';
  readonly value: Ordered;
}

/** `from` and `to` belong to it. */
export interface RangeTest {
  readonly op: 'test';
  readonly column: OrderedColumn;
  readonly operator: 'in range';
  readonly value: { readonly from: Ordered; readonly to: Ordered };
}

/** The address's first `length` bits (0 … 128) are those of `bytes`, whose other bits are 0. */
export interface PrefixTest {
  readonly op: 'test';
  readonly column: ColumnOfKind<'ip'>;
  readonly operator: 'in prefix';
  readonly value: { readonly bytes: Uint8Array; readonly length: number };
}

/** All bits of the mask are set. */
export interface FlagsTest {
  readonly op: 'test';
  readonly column: ColumnOfKind<'flags'>;
  readonly operator: 'has all';
  readonly value: number;
}

/** @returns the filters joined; a single one as it is */
export function and(filters: readonly Filter[]): Filter {
  return filters.length === 1 && filters[0] ? filters[0] : { op: 'and', of: filters };
}

/** @returns the filters joined; a single one as it is */
export function or(filters: readonly Filter[]): Filter {
  return filters.length === 1 && filters[0] ? filters[0] : { op: 'or', of: filters };
}

export function not(filter: Filter): Filter {
  return { op: 'not', of: filter };
}

/** A test for a value of the column's own type. */
export function equal<N extends ColumnName>(column: N, value: ValueOf<N>): Filter {
  return { op: 'test', column, operator: '==', value };
}

/** An order test: `compare('ts', '>=', sinceUs)`. */
export function compare<N extends OrderedColumn>(
  column: N,
  operator: OrderTest['operator'],
  value: ValueOf<N>,
): Filter {
  return { op: 'test', column, operator, value };
}
