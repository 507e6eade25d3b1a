import { closest, distance } from 'fastest-levenshtein';

const sorted = (text: string): string => [...text].sort().join('');

/** @returns the known name that was probably meant; undefined where none is near */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || name.length > 64) return undefined;
  const wanted = name.toLowerCase().replaceAll('_', '-');
  const near = closest(wanted, [...known]);
  const most = Math.max(1, Math.floor(near.length / 3));
  // Letters that changed places are two steps, and the most common slip.
  return sorted(wanted) === sorted(near) || distance(wanted, near) <= most ? near : undefined;
}
