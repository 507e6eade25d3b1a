import { columns, findColumn, flagName, type ColumnName } from '#columns';
import { FilterError } from './errors.js';
import { quoteText } from './format.js';
import { operatorsOf } from './literals.js';
import { findFilterName, sideNames, sides, type NamedColumn } from './names.js';
import { parseFilter } from './parse.js';
import { continuation, type Continuation, type SyntaxNode } from './syntax.js';

export interface CompletionItem {
  readonly kind: 'column' | 'operator' | 'keyword' | 'value';
  /** What to write between `from` and `to`. */
  readonly text: string;
  readonly doc?: string;
}

/** What can stand at a place of a text. */
export interface Completion {
  /** The part of the text that an item replaces, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** What has been written of it, without quotes; the items start with it. */
  readonly prefix: string;
  readonly items: readonly CompletionItem[];
  /** Where a value of a column without fixed ones can stand: the hub's hints know those that start with `prefix`. */
  readonly values?: {
    readonly columns: readonly ColumnName[];
    /** Whether they are names, which need quotes where they are no plain word (quoteText). */
    readonly names: boolean;
  };
}

interface Partial {
  readonly from: number;
  readonly to: number;
  readonly prefix: string;
  readonly quoted: boolean;
}

const TOKEN = /#[^\n]*(?:\n|$)|\/\/[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*(\*\/|$)|(["'`])|[^#/"'`]+|\//g;
const WORD = /[\p{L}\p{N}\p{M}_:.@/+-]/u;

/** @returns where the string ends that starts at `start`: after its closing quote, or at the text's end */
function stringEnd(text: string, start: number): { end: number; closed: boolean } {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\' && quote !== '`') i++;
    else if (text[i] === quote) return { end: i + 1, closed: true };
  }
  return { end: text.length, closed: false };
}

/** @returns the string around the cursor, 'comment' in one, or undefined where there is neither */
function enclosing(text: string, cursor: number): Partial | 'comment' | undefined {
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match && match.index < cursor; match = TOKEN.exec(text)) {
    const start = match.index;
    if (match[2] === undefined) {
      const comment = /^(?:#|\/\/|\/\*)/.test(match[0]);
      const ended = /\n$/.test(match[0]) || match[1] === '*/';
      const inside = cursor < TOKEN.lastIndex || (cursor === TOKEN.lastIndex && !ended);
      if (comment && inside) return 'comment';
      continue;
    }
    const { end, closed } = stringEnd(text, start);
    if (cursor < end || !closed) {
      return {
        from: start,
        to: end,
        prefix: text.slice(start + 1, cursor).replace(/\\(.)/gsu, '$1'),
        quoted: true,
      };
    }
    TOKEN.lastIndex = end;
  }
  return undefined;
}

function partialAt(text: string, cursor: number): Partial {
  let from = cursor;
  while (from > 0 && WORD.test(text[from - 1] ?? '')) from--;
  let to = cursor;
  while (to < text.length && WORD.test(text[to] ?? '')) to++;
  return { from, to, prefix: text.slice(from, cursor), quoted: false };
}

/** `not` of `not in`, with what follows it. */
function negatedAt(text: string, { from, to, prefix }: Partial): Partial | undefined {
  const not = /(?<![\p{L}\p{N}_-])not\s+$/iu.exec(text.slice(0, from));
  return not ? { from: not.index, to, prefix: `not ${prefix}`, quoted: false } : undefined;
}

/** Signs that may be the start of an operator: `!` of `!=`. */
function signsAt(text: string, cursor: number): Partial {
  let from = cursor;
  while (from > 0 && '!=<>~'.includes(text[from - 1] ?? ' ')) from--;
  return { from, to: cursor, prefix: text.slice(from, cursor), quoted: false };
}

const columnItems: readonly CompletionItem[] = [
  ...columns.map(({ name, doc }): CompletionItem => ({ kind: 'column', text: flagName(name), doc })),
  ...sideNames.map((name): CompletionItem => ({ kind: 'column', text: name, doc: sides[name].doc })),
];

const namedBy = (node: SyntaxNode | undefined): readonly NamedColumn[] =>
  (node?.type === 'word' ? findFilterName(node.text)?.columns : undefined) ?? [];

const value = (text: string, doc?: string): CompletionItem => ({ kind: 'value', text, ...(doc && { doc }) });

/** @returns the values that a column can have, where they are fixed or well known */
function valueItems(column: NamedColumn, operator: string): CompletionItem[] {
  if (operator === '~') return [];
  if (column.numbers) return Object.values(column.numbers.names).map((name) => value(name));
  switch (column.kind) {
    case 'enum':
      return (column.values ?? []).map((name) => value(name));
    case 'flags':
      return (column.bits ?? []).flatMap((name) => (name === '' ? [] : [value(name)]));
    case 'bool':
      return [value('true'), value('false')];
    case 'timestamp':
      return ['5m', '15m', '1h', '1d'].map((text) => value(text, 'ago'));
    default:
      return [];
  }
}

const fixed = ({ kind, numbers }: NamedColumn): boolean =>
  numbers !== undefined || kind === 'enum' || kind === 'flags' || kind === 'bool' || kind === 'timestamp';

const keyword = (text: string): CompletionItem => ({ kind: 'keyword', text });

/** @returns what is compared with a value that can stand there: columns of one kind */
function comparedWith({ expected, comparison }: Continuation): readonly NamedColumn[] {
  return expected.includes('a value') ? namedBy(comparison?.first) : [];
}

function isFilter(text: string): boolean {
  try {
    parseFilter(text);
    return true;
  } catch (error) {
    if (error instanceof FilterError) return false;
    throw error;
  }
}

/** @returns where a value stands first, the columns that it may be compared with: `443 == ` */
function mirroredItems({ expected, comparison }: Continuation): readonly CompletionItem[] {
  if (!expected.includes('a value') || !comparison || comparison.chained) return [];
  const { first, operator } = comparison;
  // As where it is read: a word that could be a column's name is one, mistyped.
  const isValue = first.type === 'string' || (first.type === 'word' && !/^[a-z_-]+$/i.test(first.text));
  if (!isValue || operator.name === 'in') return [];
  const value = first.type === 'string' ? quoteText(first.text) : first.text;
  return columnItems.filter(({ text }) => isFilter(`${value} ${operator.name} ${text}`));
}

/** A value alone is no condition: before an operator has followed it, nothing is joined to it, and no parenthesis closes. */
function isLoneValue(operand: SyntaxNode | undefined): boolean {
  if (operand?.type === 'word') return !isFilter(operand.text);
  return operand?.type === 'string' || operand?.type === 'range';
}

/** @returns all that the grammar takes there, as items */
function itemsOf(found: Continuation): CompletionItem[] {
  const { expected, operand, comparison } = found;
  const items: CompletionItem[] = [];
  const operator = comparison?.operator.name ?? '==';
  const [compared] = comparedWith(found);
  if (compared) items.push(...valueItems(compared, operator));
  else items.push(...mirroredItems(found));
  if (expected.includes('a column')) items.push(...columnItems);
  const [column] = namedBy(operand);
  if (column) items.push(...operatorsOf(column).map((text): CompletionItem => ({ kind: 'operator', text })));
  const joins = isLoneValue(operand) ? ['not'] : ['and', 'or', 'not', ')'];
  for (const name of joins) if (expected.includes(name)) items.push(keyword(name));
  const list = operator === 'in' && (expected.includes(')') || expected.includes('a value'));
  if (expected.includes(',') && list) items.push(keyword(','));
  if (expected.includes('(') && (!expected.includes('a value') || operator === 'in'))
    items.push(keyword('('));
  return items;
}

/** An operator is proposed from its first sign on; words from any of their letters, whatever the case. */
function fits(item: CompletionItem, prefix: string): boolean {
  const [text, wanted] = [item.text.toLowerCase(), prefix.toLowerCase()];
  return (item.kind === 'column' ? text.replaceAll('-', '_') : text).startsWith(
    item.kind === 'column' ? wanted.replaceAll('-', '_') : wanted,
  );
}

function completed({ from, to, prefix, quoted }: Partial, found: Continuation): Completion {
  const compared = comparedWith(found);
  const all = itemsOf(found).filter((item) => !quoted || item.kind === 'value');
  const items = all
    .filter((item) => fits(item, prefix))
    .map((item) => (quoted ? { ...item, text: quoteText(item.text) } : item));
  const hinted = compared[0] !== undefined && !fixed(compared[0]) && found.comparison?.operator.name !== '~';
  return {
    from,
    to,
    prefix,
    items,
    ...(hinted && {
      values: {
        columns: compared.map(({ name }) => name),
        names: findColumn(compared[0]?.name ?? '')?.kind === 'name',
      },
    }),
  };
}

/**
 * What can be written at a place of a text: columns, operators of the column before, its values, keywords.
 *
 * @param cursor where in the text, in UTF-16 units
 * @returns no items where the text is wrong before the cursor
 */
export function complete(text: string, cursor: number): Completion {
  const at = Math.min(Math.max(Math.trunc(cursor), 0), text.length);
  const none: Completion = { from: at, to: at, prefix: '', items: [] };
  const around = enclosing(text, at);
  if (around === 'comment') return none;
  const word = around ?? partialAt(text, at);
  const signs = signsAt(text, at);
  const before = signs.prefix === '' || around ? undefined : continuation(text.slice(0, signs.from));
  const longer = before && completed(signs, before);
  // `<` may become `<=`; after `==` a value follows.
  if (longer?.items.some((item) => item.text.length > signs.prefix.length)) return longer;
  for (const part of [word, negatedAt(text, word)]) {
    const before = part && text.slice(0, part.from);
    const found = before === undefined ? undefined : continuation(before);
    if (part && found) return isList(found, before ?? '') ? completed(part, found) : none;
  }
  return flagAt(text, word) ?? none;
}

/** @returns whether a value may follow a comma, where there is one before it: of `in`, and of flags */
function isList(found: Continuation, before: string): boolean {
  if (!before.trimEnd().endsWith(',')) return true;
  return found.comparison?.operator.name === 'in' || comparedWith(found)[0]?.kind === 'flags';
}

/** Flags are joined by `|` too, which is part of the word then: `SYN|AC`. */
function flagAt(text: string, word: Partial): Completion | undefined {
  if (word.quoted || !/[\p{L}\p{N}]\|$/u.test(text.slice(0, word.from).slice(-3))) return undefined;
  const found = continuation(`${text.slice(0, word.from - 1)},`);
  if (!found || comparedWith(found)[0]?.kind !== 'flags') return undefined;
  const whole = completed(word, found);
  return { ...whole, items: whole.items.filter(({ kind }) => kind === 'value') };
}
