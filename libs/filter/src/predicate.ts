import { type RowSource } from '#columns';
import { inPrefix } from './ip.js';
import { hasName, isList, someName } from './lists.js';
import { compareBytes, compareText } from './order.js';
import { patternTest, remembered } from './regex.js';
import {
  type ColumnsTest,
  type EqualTest,
  type Filter,
  type OrderOperator,
  type OrderTest,
  type RangeTest,
  type Test,
  type TextTest,
} from './tree.js';
import { valueLists, type ValueList } from './value-lists.js';

/** Whether a row matches. */
export type RowTest = (row: number) => boolean;
/** To be called once for each batch; the RowTest is for its rows. */
export type Predicate = (source: RowSource) => RowTest;

type Scalar = number | bigint;

const orders = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
} satisfies Record<OrderOperator, (a: Scalar, b: Scalar) => boolean>;

function equalTo({ column, value }: EqualTest): Predicate {
  if (value instanceof Uint8Array) {
    return (source) => (row) => compareBytes(source.get(column, row) as Uint8Array, value) === 0;
  }
  if (typeof value === 'string' && isList(column)) {
    return (source) => (row) => hasName(source.get(column, row) as string, value);
  }
  return (source) => (row) => source.get(column, row) === value;
}

function ordered({ column, operator, value }: OrderTest): Predicate {
  const holds = orders[operator];
  if (typeof value !== 'string') {
    return (source) => (row) => holds(source.get(column, row) as Scalar, value);
  }
  const test = (text: string): boolean => holds(compareText(text, value), 0);
  if (isList(column)) return (source) => (row) => someName(source.get(column, row) as string, test);
  return (source) => (row) => test(source.get(column, row) as string);
}

function between({ column, value: { from, to } }: RangeTest): Predicate {
  if (from instanceof Uint8Array) {
    return (source) => (row) => {
      const bytes = source.get(column, row) as Uint8Array;
      return compareBytes(bytes, from) >= 0 && compareBytes(bytes, to as Uint8Array) <= 0;
    };
  }
  return (source) => (row) => {
    const value = source.get(column, row) as Scalar;
    return value >= from && value <= (to as Scalar);
  };
}

function textTest({ column, operator, value }: TextTest): Predicate {
  if (operator === 'contains') return (source) => (row) => source.get(column, row).includes(value);
  const matches = patternTest(value);
  const names = isList(column) ? (cell: string) => someName(cell, matches) : matches;
  return (source) => {
    const test = remembered(names);
    return (row) => test(source.get(column, row));
  };
}

/** @returns below 0, 0 or above 0; of values of comparable columns */
function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'string') return compareText(a, b as string);
  if (a instanceof Uint8Array) return compareBytes(a, b as Uint8Array);
  // A bigint and a number compare by value too.
  return (a as Scalar) < (b as Scalar) ? -1 : (a as Scalar) > (b as Scalar) ? 1 : 0;
}

function columnTest({ column, value: { operator, column: other } }: ColumnsTest): Predicate {
  if (isList(column)) {
    return (source) => (row) => {
      const cell = source.get(other, row) as string;
      return someName(source.get(column, row) as string, (name) => hasName(cell, name));
    };
  }
  const holds = operator === '==' ? (a: Scalar) => a === 0 : orders[operator];
  return (source) => (row) => holds(compareValues(source.get(column, row), source.get(other, row)), 0);
}

function compileTest(test: Test): Predicate {
  switch (test.operator) {
    case '==':
      return equalTo(test);
    case '!=':
      return negate(equalTo(test));
    case 'in range':
      return between(test);
    case 'in prefix': {
      const { column, value } = test;
      return (source) => (row) => inPrefix(source.get(column, row), value);
    }
    case 'has all': {
      const { column, value } = test;
      return (source) => (row) => (source.get(column, row) & value) >>> 0 === value;
    }
    case 'contains':
    case '~':
      return textTest(test);
    case 'column':
      return columnTest(test);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(test);
  }
}

function negate(predicate: Predicate): Predicate {
  return (source) => {
    const matches = predicate(source);
    return (row) => !matches(row);
  };
}

/** @param until the result that ends the search: true of `or`, false of `and` */
function list(predicates: readonly Predicate[], until: boolean): Predicate {
  return (source) => {
    const tests = predicates.map((predicate) => predicate(source));
    return (row) => {
      for (const matches of tests) if (matches(row) === until) return until;
      return !until;
    };
  };
}

/** @param sorted in the order of their bytes */
function hasBytes(sorted: readonly Uint8Array[], bytes: Uint8Array): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareBytes(sorted[middle] ?? bytes, bytes);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}

function oneOf({ column, values }: ValueList): Predicate {
  if (values[0] instanceof Uint8Array) {
    const sorted = (values as Uint8Array[]).toSorted(compareBytes);
    return (source) => (row) => hasBytes(sorted, source.get(column, row) as Uint8Array);
  }
  const known = new Set<unknown>(values);
  return (source) => (row) => known.has(source.get(column, row));
}

/**
 * The filter over rows in memory; it means the same as its SQL.
 *
 * @param filter undefined = everything
 */
export function toPredicate(filter: Filter | undefined): Predicate {
  if (!filter) return () => () => true;
  switch (filter.op) {
    case 'test':
      return compileTest(filter);
    case 'not':
      return negate(toPredicate(filter.of));
    case 'and':
      return list(
        filter.of.map((part) => toPredicate(part)),
        false,
      );
    case 'or': {
      const { lists, rest } = valueLists(filter.of);
      return list([...lists.map(oneOf), ...rest.map((part) => toPredicate(part))], true);
    }
  }
}
