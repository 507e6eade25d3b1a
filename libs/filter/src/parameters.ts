import { FilterError } from './errors.js';
import { findFilterName, type FilterName } from './names.js';
import { and, not, or, type Filter } from './tree.js';
import { parseValue } from './values.js';

export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One query may have so many values: enough for people, too few to choke the database's parser. */
export const MAX_VALUES = 1000;

interface Item {
  readonly text: string;
  readonly negated: boolean;
  readonly offset: number;
}

/**
 * Splits a parameter at its commas. `\,` is a comma, `\!` at the start an exclamation mark and `\\` a backslash of the
 * value itself; before any other character a backslash is one.
 */
function splitItems(text: string, atCommas: boolean): Item[] {
  const items: Item[] = [];
  let start = 0;
  let value = '';
  let negated = text.startsWith('!');
  for (let i = negated ? 1 : 0; i <= text.length; i++) {
    const char = text[i];
    const next = text[i + 1];
    if (char === '\\' && (next === ',' || next === '\\' || (next === '!' && i === start))) {
      value += next;
      i++;
    } else if (char === undefined || (char === ',' && atCommas)) {
      items.push({ text: value, negated, offset: start });
      start = i + 1;
      value = '';
      negated = text[start] === '!';
      if (negated) i++;
    } else value += char;
  }
  return items;
}

/** One name: some of its values, and none of the negated ones. Of either side's columns, one has the value. */
function nameFilter({ columns }: FilterName, given: readonly { field: string; text: string }[]): Filter[] {
  const wanted: Filter[] = [];
  const refused: Filter[] = [];
  for (const { field, text } of given) {
    // A comma joins the flags of one value, as they are shown (`SYN,ACK`); several values are several parameters.
    for (const item of splitItems(text, columns[0].kind !== 'flags')) {
      const test = or(columns.map((column) => parseValue(column, item.text, field, item.offset)));
      if (item.negated) refused.push(not(test));
      else wanted.push(test);
    }
  }
  return wanted.length > 0 ? [or(wanted), ...refused] : refused;
}

function countTests(filter: Filter): number {
  if (filter.op === 'test') return 1;
  if (filter.op === 'not') return countTests(filter.of);
  return filter.of.reduce((sum, part) => sum + countTests(part), 0);
}

/**
 * The filter that URL parameters or CLI flags ask for. A parameter names a column with `-` or `_`, or either side's
 * (`ip`, `port`, …). Several values (the parameter repeated, or a comma) are alternatives; different columns must all
 * match; `!` before a value excludes it. Parameters that name no column are left to the caller (isFilterParameter).
 *
 * @returns undefined where no parameter filters
 * @throws FilterError
 */
export function filterFromParameters(parameters: Parameters): Filter | undefined {
  const given = new Map<FilterName, { field: string; text: string }[]>();
  for (const [field, value] of Object.entries(parameters)) {
    const name = findFilterName(field);
    if (!name || value === undefined) continue;
    const texts = typeof value === 'string' ? [value] : value;
    const list = given.get(name) ?? [];
    list.push(...texts.map((text) => ({ field, text })));
    if (list.length > 0) given.set(name, list);
  }
  if (given.size === 0) return undefined;
  const parts = [...given].map(([name, list]) => ({ list, filter: and(nameFilter(name, list)) }));
  const filter = and(parts.map((part) => part.filter));
  const count = countTests(filter);
  if (count > MAX_VALUES) {
    const [longest] = parts.sort((a, b) => countTests(b.filter) - countTests(a.filter));
    const field = longest?.list[0]?.field ?? '';
    const problem = 'are too many values for one query';
    throw new FilterError({
      code: 'too_many',
      field,
      value: String(count),
      problem,
      allowed: `at most ${MAX_VALUES}`,
    });
  }
  return filter;
}
