import { FilterError, placeOf, type FilterErrorCode } from './errors.js';
import { parse } from './grammar.generated.js';

/** The longest text that is parsed, in UTF-16 units. */
export const MAX_TEXT = 65_536;
/** The deepest parentheses. */
export const MAX_DEPTH = 64;

interface Place {
  readonly offset: number;
  readonly length: number;
}

export interface WordNode extends Place {
  readonly type: 'word' | 'string';
  /** Of a string: without quotes and escapes. */
  readonly text: string;
}

export interface RangeNode extends Place {
  readonly type: 'range';
  readonly from: WordNode;
  readonly to: WordNode;
}

export interface ListNode extends Place {
  readonly type: 'list';
  readonly items: readonly (WordNode | RangeNode)[];
}

/** What stands after an operator. */
export type ValueNode = WordNode | RangeNode | ListNode;

export interface OperatorNode extends Place {
  readonly type: 'operator';
  readonly name: '==' | '<' | '<=' | '>' | '>=' | 'in' | 'contains' | '~';
  /** `!=`, `!~`, `not in`, `not contains` */
  readonly negated: boolean;
}

export interface ComparisonNode extends Place {
  readonly type: 'comparison';
  readonly first: SyntaxNode;
  /** Several make a chain: `80 <= dport <= 443`. */
  readonly rest: readonly { readonly operator: OperatorNode; readonly right: ValueNode }[];
}

export interface NotNode extends Place {
  readonly type: 'not';
  readonly of: SyntaxNode;
}

export interface JoinedNode extends Place {
  readonly type: 'and' | 'or';
  readonly of: readonly SyntaxNode[];
}

/** What the grammar makes of a text. A word or a range alone is a condition too, as far as the grammar knows. */
export type SyntaxNode = JoinedNode | NotNode | ComparisonNode | WordNode | RangeNode;

type Stop = 'depth' | 'quote' | 'comment';

interface ParserOptions {
  readonly maxDepth: number;
  /** Called where the text cannot be parsed whatever follows; it throws. */
  readonly fail: (stop: Stop, offset: number) => never;
  /** Called before an operator that may follow an operand. */
  readonly atOperator?: (first: SyntaxNode) => void;
  /** Called before what follows an operator. */
  readonly atValue?: (first: SyntaxNode, operator: OperatorNode, offset: number) => void;
}

/** What the generated parser throws. */
export interface Unexpected {
  readonly expected: readonly {
    readonly description?: string;
    readonly text?: string;
    readonly type: string;
  }[];
  readonly location: { readonly start: { readonly offset: number } };
}

const parser = parse as (text: string, options: ParserOptions) => SyntaxNode;

export const isUnexpected = (error: unknown): error is Unexpected =>
  error instanceof SyntaxError && 'expected' in error && Array.isArray(error.expected);

/** @returns what may stand where the parser stopped, each once, in the order in which people read it */
export function expectations({ expected }: Unexpected): string[] {
  const names = expected.map(
    ({ type, description, text }) => (type === 'literal' ? text : description) ?? 'the end',
  );
  const order = ['a column', 'a value', 'an operator', 'and', 'or', 'not', '(', ')', ','];
  return order.filter((name) => names.includes(name));
}

/** Makes the errors of one text. */
export class Located {
  constructor(
    readonly text: string,
    readonly field: string,
  ) {}

  error(
    { offset, length }: Place,
    code: FilterErrorCode,
    problem: string,
    allowed: string,
    more: { readonly subject?: string; readonly value?: string } = {},
  ): FilterError {
    return new FilterError({
      code,
      field: this.field,
      value: this.text.slice(offset, offset + length),
      place: placeOf(this.text, offset, length),
      problem,
      allowed,
      ...more,
    });
  }
}

/** @returns the length of what a person sees as one thing at `offset`: a word or one character */
function lengthAt(text: string, offset: number): number {
  return /^(?:[\p{L}\p{N}_.:/@-]+|.)/su.exec(text.slice(offset, offset + 200))?.[0].length ?? 0;
}

// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

function stopped(located: Located, stop: Stop, offset: number): FilterError {
  const { text } = located;
  if (stop === 'depth') {
    const problem = 'opens parentheses that are too deep';
    return located.error({ offset, length: 1 }, 'too_large', problem, `at most ${MAX_DEPTH} levels`);
  }
  const rest = text.slice(offset);
  if (stop === 'comment') {
    return located.error({ offset, length: 2 }, 'syntax', 'starts a comment without an end', '*/ to end it');
  }
  const control = CONTROL.exec(rest);
  if (control) {
    const place = { offset: offset + control.index, length: 1 };
    return located.error(place, 'syntax', 'is a control character', 'an escape for it, as \\x1b');
  }
  const place = { offset, length: rest.length };
  return located.error(place, 'syntax', 'is a quote without an end', `${rest.charAt(0)} to end it`);
}

function listed(names: readonly string[]): string {
  const quoted = names.map((name) => (name.startsWith('a') && name !== 'and' ? name : `"${name}"`));
  return quoted.length > 1
    ? `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
    : (quoted[0] ?? 'nothing more');
}

function unexpected(located: Located, error: Unexpected): FilterError {
  const { offset } = error.location.start;
  const { text } = located;
  const names = expectations(error);
  if (text.trim() === '') {
    return located.error({ offset, length: 0 }, 'syntax', 'is empty', 'a condition like dport == 80');
  }
  const place = { offset, length: lengthAt(text, offset) };
  const problem = offset >= text.length ? 'breaks off' : 'cannot stand here';
  return located.error(place, 'syntax', problem, listed(names));
}

/**
 * @param located the text
 * @throws FilterError
 */
export function parseSyntax(located: Located): SyntaxNode {
  const { text } = located;
  if (text.length > MAX_TEXT) {
    const problem = `starts a text of ${text.length} characters`;
    throw located.error(
      { offset: 0, length: lengthAt(text, 0) },
      'too_large',
      problem,
      `at most ${MAX_TEXT}`,
    );
  }
  try {
    return parser(text, {
      maxDepth: MAX_DEPTH,
      fail: (stop, offset) => {
        throw stopped(located, stop, offset);
      },
    });
  } catch (error) {
    if (isUnexpected(error)) throw unexpected(located, error);
    throw error;
  }
}

/** Where a text can go on, and with what. */
export interface Continuation {
  /** What the grammar takes there: `a column`, `an operator`, `and`, `)`, … */
  readonly expected: readonly string[];
  /** Where an operator can follow: what it would compare. */
  readonly operand?: SyntaxNode;
  /** The last comparison: where `a value` can follow, what it is compared with. */
  readonly comparison?: {
    readonly first: SyntaxNode;
    readonly operator: OperatorNode;
    /** Whether another comparison stands between them: `80 <= dport <= `. */
    readonly chained: boolean;
  };
}

/** @returns how a text can go on after its end; undefined where it is wrong before */
export function continuation(text: string): Continuation | undefined {
  let operand: SyntaxNode | undefined;
  let comparison: Continuation['comparison'];
  try {
    // No rule takes this character: the parser stops before it and tells what it would take instead.
    parser(`${text}\0`, {
      maxDepth: MAX_DEPTH,
      fail: (stop, offset) => {
        throw stopped(new Located(text, ''), stop, offset);
      },
      atOperator: (first) => (operand = first),
      atValue: (first, operator) => {
        const between = text.slice(first.offset + first.length, operator.offset);
        comparison = { first, operator, chained: between.trim() !== '' };
      },
    });
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    if (!isUnexpected(error)) throw error;
    if (error.location.start.offset !== text.length) return undefined;
    const expected = expectations(error);
    return {
      expected,
      ...(comparison && { comparison }),
      // What has been compared could be compared again, in a row; nobody wants that to be proposed.
      ...(operand && operand !== comparison?.first && expected.includes('an operator') && { operand }),
    };
  }
  return undefined;
}
