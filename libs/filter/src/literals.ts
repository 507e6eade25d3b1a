import { flagName, type ColumnOfKind, type Kind } from '#columns';
import { FilterError, type FilterErrorCode } from './errors.js';
import { orderFilter } from './ip-filters.js';
import { parseAddress, parsePrefix } from './ip.js';
import { SEPARATOR } from './lists.js';
import { type NamedColumn } from './names.js';
import { checkPattern } from './regex.js';
import { type Located, type OperatorNode, type RangeNode, type ValueNode, type WordNode } from './syntax.js';
import { parseTime } from './time.js';
import {
  equal,
  type EqualTest,
  type Filter,
  type OrderedColumn,
  type RangeTest,
  type TextColumn,
} from './tree.js';
import { parseValue } from './values.js';

/** What values are read with. */
export interface Literal {
  readonly located: Located;
  /** µs since 1970 */
  readonly nowUs: number;
}

/** What the values of a kind are called, and which operators it has. */
const kinds = {
  timestamp: { values: 'times', order: true, text: false, range: true },
  u8: { values: 'numbers', order: true, text: false, range: true },
  u16: { values: 'numbers', order: true, text: false, range: true },
  u32: { values: 'numbers', order: true, text: false, range: true },
  u64: { values: 'numbers', order: true, text: false, range: true },
  bool: { values: 'true and false', order: false, text: false, range: false },
  name: { values: 'names', order: true, text: true, range: false },
  enum: { values: 'names', order: true, text: true, range: false },
  ip: { values: 'addresses', order: true, text: false, range: true },
  mac: { values: 'hardware addresses', order: true, text: false, range: false },
  flags: { values: 'flags', order: false, text: false, range: false },
} satisfies Record<Kind, { values: string; order: boolean; text: boolean; range: boolean }>;

/** @returns the operators of a column, as a list for people */
export function operatorsOf({ kind }: NamedColumn): string[] {
  const { order, text } = kinds[kind];
  const names = ['==', '!=', 'in', 'not in'];
  if (order) names.push('<', '<=', '>', '>=');
  if (text) names.push('~', '!~');
  if (text || kind === 'flags') names.push('contains', 'not contains');
  return names;
}

const BARE_NUMBER = /^(?:\d[\d_]*|0x[\da-f_]+|0b[01_]+|0o[0-7_]+)$/i;
const MAC = /^(?:[\da-f]{2}:){5}[\da-f]{2}$/i;

/** @returns the type of a bare word that is no name, and so needs quotes to be one */
function bareType(text: string): string | undefined {
  if (BARE_NUMBER.test(text)) return 'a number';
  if (parseAddress(text)) return 'an address';
  if (parsePrefix(text)) return 'a prefix';
  return MAC.test(text) ? 'a hardware address' : undefined;
}

/** @returns a number in a form that every column reads: `1_000`, `0b11` and `007` are taken too */
function plainNumber(text: string): string {
  const digits = text.replaceAll('_', '');
  if (!BARE_NUMBER.test(text) || digits.length > 80) return text;
  if (/^0[bo]/i.test(digits)) return BigInt(digits.toLowerCase()).toString();
  return digits.replace(/^0+(?=\d)/, '');
}

class Reader {
  readonly #subject: string;

  constructor(
    private readonly literal: Literal,
    private readonly column: NamedColumn,
  ) {
    this.#subject = flagName(column.name);
  }

  error(
    node: ValueNode | OperatorNode,
    code: FilterErrorCode,
    problem: string,
    allowed: string,
  ): FilterError {
    const { located } = this.literal;
    // What is in quotes is shown without them.
    const value = node.type === 'string' ? { value: node.text } : {};
    return located.error(node, code, problem, allowed, { subject: this.#subject, ...value });
  }

  /** @returns what `read` does, whose errors get the node's place */
  at<T>(node: ValueNode, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      throw this.error(node, error.code, error.problem, error.allowed);
    }
  }

  time(node: WordNode): number {
    return this.at(node, () => (node.text === '' ? 0 : parseTime(node.text, this.literal.nowUs)));
  }

  word(node: WordNode): Filter {
    const { column } = this;
    if (column.kind === 'timestamp') return equal(column.name, this.time(node));
    const bare = node.type === 'word' ? bareType(node.text) : undefined;
    const named = (column.kind === 'name' || column.kind === 'enum') && !column.numbers;
    if (bare && (named || (column.numbers && bare !== 'a number'))) {
      const allowed = `quotes if it is a name: ${JSON.stringify(node.text)}`;
      throw this.error(node, 'wrong_type', `is ${bare}, and ${this.#subject} has names`, allowed);
    }
    const text = bare === 'a number' && !named ? plainNumber(node.text) : node.text;
    return this.at(node, () => parseValue(column, text, this.#subject));
  }

  range({ from, to, ...node }: RangeNode): Filter {
    const { column } = this;
    const whole = { ...node, from, to };
    if (!kinds[column.kind].range) {
      const { values } = kinds[column.kind];
      throw this.error(whole, 'wrong_type', `is a range, and ${this.#subject} has ${values}`, 'one value');
    }
    if (column.kind === 'timestamp') {
      const value = { from: this.time(from), to: this.time(to) };
      if (value.from > value.to) {
        throw this.error(
          whole,
          'out_of_range',
          'is a range that ends before it starts',
          'the earlier time first',
        );
      }
      return { op: 'test', column: column.name as RangeTest['column'], operator: 'in range', value };
    }
    const text = `${plainNumber(from.text)}-${plainNumber(to.text)}`;
    return this.at(whole, () => parseValue(column, text, this.#subject));
  }

  /** @returns the one value of a node: an equality */
  single(node: ValueNode, operator: OperatorNode): EqualTest {
    const value = splitRange(node, this.column);
    const filter = value.type === 'word' || value.type === 'string' ? this.word(value) : undefined;
    if (filter?.op === 'test' && filter.operator === '==') return filter;
    throw this.error(node, 'wrong_type', 'is not one value', `one value after ${operator.name}`);
  }
}

/** `SYN,ACK`, `SYN|ACK` or a list in parentheses: the flags together. '' = none. */
function flagsMask(reader: Reader, column: NamedColumn, node: ValueNode): number {
  const words = node.type === 'list' ? node.items : [node];
  let mask = 0;
  for (const word of words) {
    if (word.type === 'range') throw reader.error(word, 'wrong_type', 'is a range', 'the names of flags');
    if (word.text === '') continue;
    const text = word.text.replaceAll('|', ',');
    const test = reader.at(word, () => parseValue(column, text, column.name));
    if (test.op === 'test' && test.operator === 'has all') mask |= test.value;
  }
  return mask >>> 0;
}

/** A word that is a range in itself: `80..443`. */
function splitRange(node: ValueNode, { kind }: NamedColumn): ValueNode {
  const at = node.type === 'word' && kinds[kind].range ? node.text.indexOf('..') : -1;
  if (node.type !== 'word' || at <= 0) return node;
  const part = (start: number, text: string): WordNode => ({
    type: 'word',
    text,
    offset: node.offset + start,
    length: text.length,
  });
  const { offset, length } = node;
  return {
    type: 'range',
    from: part(0, node.text.slice(0, at)),
    to: part(at + 2, node.text.slice(at + 2)),
    offset,
    length,
  };
}

/** @returns that the column has the value, or one of the range or the prefix */
export function literalFilter(literal: Literal, column: NamedColumn, node: ValueNode): Filter {
  const reader = new Reader(literal, column);
  if (column.kind === 'flags') return equal(column.name, flagsMask(reader, column, node));
  if (node.type === 'list') throw reader.error(node, 'wrong_type', 'are several values', 'in before a list');
  const value = splitRange(node, column);
  return value.type === 'range' ? reader.range(value) : reader.word(value as WordNode);
}

function noOperator(reader: Reader, column: NamedColumn, operator: OperatorNode): FilterError {
  const problem = `is no operator for ${kinds[column.kind].values}`;
  return reader.error(operator, 'wrong_type', problem, operatorsOf(column).join(', '));
}

/** @returns that the column's value is before or after another */
export function orderedFilter(
  literal: Literal,
  column: NamedColumn,
  operator: OperatorNode,
  node: ValueNode,
): Filter {
  const reader = new Reader(literal, column);
  if (!kinds[column.kind].order) throw noOperator(reader, column, operator);
  const { value } = reader.single(node, operator);
  const name = operator.name as '<' | '<=' | '>' | '>=';
  if (value instanceof Uint8Array) return orderFilter(column.name as ColumnOfKind<'ip'>, name, value);
  if (typeof value === 'boolean') throw noOperator(reader, column, operator);
  return { op: 'test', column: column.name as OrderedColumn, operator: name, value };
}

function checkText(reader: Reader, column: NamedColumn, operator: OperatorNode, node: WordNode): void {
  if (operator.name === '~') {
    const fault = checkPattern(node.text);
    if (fault) throw reader.error(node, fault.code, fault.problem, fault.allowed);
    return;
  }
  if (node.text === '') throw reader.error(node, 'malformed', 'is empty', 'some text to look for');
  // A name's characters are checked as those of a value; of an enum, a part of a value is none.
  const { numbers: _, ...plain } = column;
  const checked = { ...plain, kind: 'name' } as const;
  reader.at(node, () => parseValue(checked, node.text, column.name));
  if (column.list && node.text.includes(SEPARATOR)) {
    throw reader.error(node, 'malformed', 'has a comma, which separates names', 'a part of one name');
  }
}

/** @returns that a part of the column's text is the value, or matches it; of flags: that they are set */
export function textFilter(
  literal: Literal,
  column: NamedColumn,
  operator: OperatorNode,
  node: ValueNode,
): Filter {
  const reader = new Reader(literal, column);
  if (column.kind === 'flags' && operator.name === 'contains') {
    const value = flagsMask(reader, column, node);
    return { op: 'test', column: column.name as ColumnOfKind<'flags'>, operator: 'has all', value };
  }
  if (!kinds[column.kind].text) throw noOperator(reader, column, operator);
  if (node.type !== 'word' && node.type !== 'string') {
    throw reader.error(node, 'wrong_type', 'is not one text', `one text in quotes after ${operator.name}`);
  }
  checkText(reader, column, operator, node);
  const name = operator.name === '~' ? '~' : 'contains';
  return { op: 'test', column: column.name as TextColumn, operator: name, value: node.text };
}
