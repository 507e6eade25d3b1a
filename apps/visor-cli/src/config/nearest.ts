import { closest, distance } from 'fastest-levenshtein';

/** @param before what the nearest is shown with: `--` @returns ` (did you mean x?)` where a name is like enough to be meant, else '' */
export function didYouMean(name: string, names: readonly string[], before = ''): string {
  // Two letters that changed places are one slip, and a likelier one than two others.
  const turned = names.find((one) => letters(one) === letters(name));
  const near = turned ?? (names.length > 0 ? closest(name, names) : '');
  return near !== '' && distance(name, near) <= Math.max(name.length > 3 ? 2 : 1, Math.floor(name.length / 3))
    ? ` (did you mean ${before}${near}?)`
    : '';
}

const letters = (word: string): string => [...word].sort().join('');
