import { closest, distance } from 'fastest-levenshtein';

/** @returns the known name that was probably meant; undefined where none is near */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || name.length > 64) return undefined;
  const near = closest(name.toLowerCase().replaceAll('_', '-'), [...known]);
  return distance(name.toLowerCase().replaceAll('_', '-'), near) <= Math.max(1, Math.floor(near.length / 3))
    ? near
    : undefined;
}
