import { type NumberNames, numberName } from '#columns';
import { distance } from 'fastest-levenshtein';
import { type FilterErrorCode } from './errors.js';

/** Ends the parsing of a value. */
export type Fail = (code: FilterErrorCode, problem: string, allowed: string) => never;

/** How people write numbers. */
export const NUMBER = /^(?:0|[1-9]\d*|0x[0-9a-f]+)$/i;

/** No name is longer. */
const longest = 40;

/** @returns the known name nearest to the text; undefined where none is near */
function nearest(text: string, known: readonly string[]): string | undefined {
  if (text.length > longest) return undefined;
  const sorted = (name: string): string => [...name].sort().join('');
  // Letters that changed places are two steps, and the most common slip.
  const steps = (name: string): number => (sorted(name) === sorted(text) ? 0 : distance(name, text));
  const [best] = [...known].sort((a, b) => steps(a) - steps(b));
  return best !== undefined && steps(best) <= Math.max(1, Math.floor(text.length / 3)) ? best : undefined;
}

/**
 * @param text a name in any case, or a number (decimal or 0x…)
 * @returns how the column shows what the user names; what stands for no number ends in `fail`
 */
export function numberOfName(numbers: NumberNames, text: string, fail: Fail): string {
  const { names, aliases, max } = numbers;
  const lower = text.toLowerCase();
  const known = Object.values(names);
  if (NUMBER.test(lower)) {
    const allowed = `a number from 0 to ${max}, or a name such as ${known.slice(0, 3).join(', ')}`;
    // Digits beyond what a number holds make a large one all the same.
    return Number(lower) <= max
      ? numberName(numbers, Number(lower))
      : fail('out_of_range', 'is too large', allowed);
  }
  if (known.includes(lower)) return lower;
  const alias = Object.hasOwn(aliases, lower) ? aliases[lower] : undefined;
  if (alias !== undefined) return alias;
  const near = nearest(lower, [...known, ...Object.keys(aliases)]);
  const number = `a number from 0 to ${max}`;
  const allowed = near === undefined ? `${known.join(', ')}, or ${number}` : `${near}, or ${number}`;
  return fail('unknown_value', 'is not one of its names', allowed);
}
