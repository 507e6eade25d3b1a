import { type RowSource } from '#columns';
import { inPrefix } from './ip.js';
import { hasName, isList } from './lists.js';
import { type EqualTest, type Filter, type Ordered, type OrderTest, type Test } from './tree.js';

/** Whether a row matches. */
export type RowTest = (row: number) => boolean;
/** To be called once for each batch; the RowTest is for its rows. */
export type Predicate = (source: RowSource) => RowTest;

const orders = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
} satisfies Record<OrderTest['operator'], (a: Ordered, b: Ordered) => boolean>;

function equalTo({ column, value }: EqualTest): Predicate {
  if (value instanceof Uint8Array) {
    const whole = { bytes: value, length: 8 * value.length };
    return (source) => (row) => inPrefix(source.get(column, row) as Uint8Array, whole);
  }
  if (typeof value === 'string' && isList(column)) {
    return (source) => (row) => hasName(source.get(column, row) as string, value);
  }
  return (source) => (row) => source.get(column, row) === value;
}

function compileTest(test: Test): Predicate {
  switch (test.operator) {
    case '==':
      return equalTo(test);
    case '!=':
      return negate(equalTo(test));
    case 'in range': {
      const { column } = test;
      const { from, to } = test.value;
      return (source) => (row) => {
        const value = source.get(column, row);
        return value >= from && value <= to;
      };
    }
    case 'in prefix': {
      const { column, value } = test;
      return (source) => (row) => inPrefix(source.get(column, row), value);
    }
    case 'has all': {
      const { column, value } = test;
      return (source) => (row) => (source.get(column, row) & value) >>> 0 === value;
    }
    default: {
      const { column, value } = test;
      const holds = orders[test.operator];
      return (source) => (row) => holds(source.get(column, row), value);
    }
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
    case 'or':
      return list(
        filter.of.map((part) => toPredicate(part)),
        filter.op === 'or',
      );
  }
}
