import { type ColumnName, type ColumnOfKind, type ValueOf } from '#columns';

/**
 * A filter as a tree. Parameters, flags and the query language all build this; SQL and the predicate are made
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

export type Test = EqualTest | OrderTest | RangeTest | PrefixTest | FlagsTest | TextTest | ColumnsTest;

/** The columns whose values have an order: numbers and times theirs, names by their characters' code points. */
export type OrderedColumn = ColumnOfKind<
  'timestamp' | 'u8' | 'u16' | 'u32' | 'u64' | 'mac' | 'name' | 'enum'
>;
export type Ordered = number | bigint | string;
export type OrderOperator = '<' | '<=' | '>' | '>=';
export type TextColumn = ColumnOfKind<'name' | 'enum'>;

/** Of a list column: one of a cell's names is the value, '' = the cell has none. */
export interface EqualTest {
  readonly op: 'test';
  readonly column: ColumnName;
  readonly operator: '==' | '!=';
  readonly value: ValueOf<ColumnName>;
}

/** Of a list column: one of a cell's names is so. */
export interface OrderTest {
  readonly op: 'test';
  readonly column: OrderedColumn;
  readonly operator: OrderOperator;
  readonly value: Ordered;
}

/** `from` and `to` belong to it. Addresses are in the order of their bytes. */
export interface RangeTest {
  readonly op: 'test';
  readonly column: ColumnOfKind<'timestamp' | 'u8' | 'u16' | 'u32' | 'u64' | 'ip'>;
  readonly operator: 'in range';
  readonly value:
    | { readonly from: number; readonly to: number }
    | { readonly from: bigint; readonly to: bigint }
    | { readonly from: Uint8Array; readonly to: Uint8Array };
}

/** The address's first `length` bits (0 … 128) are those of `bytes`, whose other bits are 0. */
export interface PrefixTest {
  readonly op: 'test';
  readonly column: ColumnOfKind<'ip'>;
  readonly operator: 'in prefix';
  readonly value: { readonly bytes: Uint8Array; readonly length: number };
}

/**
 * `contains`: the text is part of the cell. `~`: the regular expression (checkPattern has taken it) matches a part of
 * the cell, of a list column: of one of its names.
 */
export interface TextTest {
  readonly op: 'test';
  readonly column: TextColumn;
  readonly operator: 'contains' | '~';
  readonly value: string;
}

/** The value of another column of its kind (comparable.ts says which). Lists only know `==`: they have a name in common. */
export interface ColumnsTest {
  readonly op: 'test';
  readonly column: ColumnName;
  readonly operator: 'column';
  readonly value: { readonly operator: '==' | OrderOperator; readonly column: ColumnName };
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

/** @returns the filters joined, alternatives among them with theirs; a single one as it is */
export function or(filters: readonly Filter[]): Filter {
  const of = filters.flatMap((filter) => (filter.op === 'or' ? filter.of : [filter]));
  return of.length === 1 && of[0] ? of[0] : { op: 'or', of };
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
