import { comparable } from './comparable.js';
import { type FilterError } from './errors.js';
import { literalFilter, orderedFilter, textFilter, type Literal } from './literals.js';
import { findFilterName, suggestColumn, type FilterName, type NamedColumn } from './names.js';
import { MAX_VALUES } from './parameters.js';
import {
  Located,
  parseSyntax,
  type ComparisonNode,
  type OperatorNode,
  type SyntaxNode,
  type ValueNode,
  type WordNode,
} from './syntax.js';
import { and, equal, not, or, type Filter, type OrderOperator } from './tree.js';
import { absentValue } from './values.js';

export interface ParseOptions {
  /** What `15m` is ago of: µs since 1970, default the clock's. */
  readonly nowUs?: number;
  /** Names the text in errors: the parameter or flag that it comes from. */
  readonly field?: string;
}

/** Regular expressions cost time to prepare; so many are enough for people. */
const MAX_PATTERNS = 20;

const mirrored = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==' } as const;
const isMirrored = (name: OperatorNode['name']): name is keyof typeof mirrored =>
  Object.hasOwn(mirrored, name);
const isOrder = (name: OperatorNode['name']): name is OrderOperator => isMirrored(name) && name !== '==';

/** Makes the tree of what the grammar made of a text. */
class Compiler {
  readonly #literal: Literal;
  #patterns = 0;
  #values = 0;

  constructor(
    private readonly located: Located,
    nowUs: number,
  ) {
    this.#literal = { located, nowUs };
  }

  compile(node: SyntaxNode): Filter {
    switch (node.type) {
      case 'and':
        return and(node.of.map((part) => this.compile(part)));
      case 'or':
        return or(node.of.map((part) => this.compile(part)));
      case 'not':
        return not(this.compile(node.of));
      case 'comparison':
        return this.#chain(node);
      case 'word':
        if (/^(true|false)$/i.test(node.text)) return node.text.toLowerCase() === 'true' ? and([]) : or([]);
        return this.#present(node);
      case 'string':
      case 'range':
        throw this.#error(node, 'is no condition', 'a column before it, as in chain == "input"');
    }
  }

  /** `a < b < c` is `a < b and b < c`, as in mathematics. */
  #chain({ first, rest }: ComparisonNode): Filter {
    let left: SyntaxNode | ValueNode = first;
    const parts: Filter[] = [];
    for (const { operator, right } of rest) {
      parts.push(this.#comparison(left, operator, right));
      left = right;
      if (rest.length > 1 && !isMirrored(operator.name)) {
        throw this.#error(operator, 'cannot be one of several comparisons in a row', 'and between them');
      }
    }
    return and(parts);
  }

  #comparison(left: SyntaxNode | ValueNode, operator: OperatorNode, right: ValueNode): Filter {
    if (left.type === 'and' || left.type === 'or' || left.type === 'not' || left.type === 'comparison') {
      throw this.#error(operator, 'follows a condition, which has no value', 'a column before it');
    }
    const test = this.#startsWithValue(left, right)
      ? this.#reversed(left, operator, right)
      : this.#sides(this.#name(left), operator, right);
    return operator.negated ? not(test) : test;
  }

  /** A value may come first where its column follows; a bare word first is a column, so that a mistyped one is found. */
  #startsWithValue(left: SyntaxNode | ValueNode, right: ValueNode): left is WordNode {
    if (left.type === 'string') return true;
    if (left.type !== 'word' || findFilterName(left.text)) return false;
    return (
      right.type === 'word' && findFilterName(right.text) !== undefined && !/^[a-z_-]+$/i.test(left.text)
    );
  }

  #reversed(value: WordNode, operator: OperatorNode, right: ValueNode): Filter {
    const name = right.type === 'word' ? findFilterName(right.text) : undefined;
    if (!name || !isMirrored(operator.name)) {
      throw this.#error(value, 'is no column', 'a column before the operator, as in chain == "input"');
    }
    return this.#sides(name, { ...operator, name: mirrored[operator.name] }, value);
  }

  #name(node: SyntaxNode | ValueNode): FilterName {
    const found = node.type === 'word' ? findFilterName(node.text) : undefined;
    if (found) return found;
    const nearest = node.type === 'word' ? suggestColumn(node.text) : undefined;
    const allowed = nearest ?? 'the name of a column, as dport, ip-src or chain';
    throw this.located.error(node, 'unknown_column', 'is no column', allowed);
  }

  #present(node: WordNode): Filter {
    const { columns } = this.#name(node);
    this.#count(node, columns.length);
    return or(columns.map((column) => not(equal(column.name, absentValue(column.kind)))));
  }

  /** As in parameters, a value of either side counts for both: it is looked for in both. */
  #count(node: ValueNode, tests: number): void {
    this.#values += tests;
    if (this.#values <= MAX_VALUES) return;
    const problem = `makes more than ${MAX_VALUES} values`;
    throw this.located.error(node, 'too_many', problem, `at most ${MAX_VALUES} in one query`);
  }

  #sides({ columns }: FilterName, operator: OperatorNode, right: ValueNode): Filter {
    const [only, ...more] = right.type === 'list' ? right.items : [right];
    this.#count(right, columns.length * (1 + more.length));
    const value = only && more.length === 0 ? only : right;
    return or(columns.map((column) => this.#test(column, operator, value)));
  }

  #test(column: NamedColumn, operator: OperatorNode, right: ValueNode): Filter {
    const { name } = operator;
    if (name === 'in') {
      const items = right.type === 'list' ? right.items : [right];
      return or(items.map((item) => this.#equal(column, item)));
    }
    if (name === 'contains' || name === '~') {
      if (name === '~' && ++this.#patterns > MAX_PATTERNS) {
        throw this.located.error(
          operator,
          'too_many',
          'is one regular expression too many',
          `at most ${MAX_PATTERNS}`,
        );
      }
      return textFilter(this.#literal, column, operator, right);
    }
    if (name === '==') return this.#equal(column, right);
    const other = this.#otherColumn(column, right);
    if (other) return this.#columns(column, name, other, right);
    return orderedFilter(this.#literal, column, operator, right);
  }

  #equal(column: NamedColumn, value: ValueNode): Filter {
    const other = this.#otherColumn(column, value);
    return other ? this.#columns(column, '==', other, value) : literalFilter(this.#literal, column, value);
  }

  /** A bare word is another column where it names one, unless it is one of the column's own values (`type == rule`). */
  #otherColumn(column: NamedColumn, value: ValueNode): NamedColumn | undefined {
    if (value.type !== 'word' || column.values?.includes(value.text.toLowerCase())) return undefined;
    const found = findFilterName(value.text);
    return found?.columns.length === 1 ? found.columns[0] : undefined;
  }

  #columns(column: NamedColumn, operator: '==' | OrderOperator, other: NamedColumn, at: ValueNode): Filter {
    if (!comparable(column.name, other.name, isOrder(operator))) {
      const problem = `is a column whose values cannot be compared with those of ${column.name} by ${operator}`;
      throw this.located.error(at, 'wrong_type', problem, 'quotes if it is a value');
    }
    return { op: 'test', column: column.name, operator: 'column', value: { operator, column: other.name } };
  }

  #error(node: { offset: number; length: number }, problem: string, allowed: string): FilterError {
    return this.located.error(node, 'syntax', problem, allowed);
  }
}

/**
 * The filter that a text of the query language asks for (docs/query-language.md).
 *
 * @throws FilterError with the place
 */
export function parseFilter(text: string, options: ParseOptions = {}): Filter {
  const { nowUs = Date.now() * 1000, field = 'query' } = options;
  const located = new Located(text, field);
  return new Compiler(located, nowUs).compile(parseSyntax(located));
}
