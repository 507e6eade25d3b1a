import { closest, distance } from 'fastest-levenshtein';

const sorted = (text: string): string => [...text].sort().join('');

/** @returns what to say after an unknown name: the nearest known one where one is near, else all */
export function meant(name: string, known: readonly string[]): string {
  const all = `the known ones are ${known.join(', ')}`;
  if (known.length === 0 || name.length > 64) return all;
  const plain = (text: string): string => text.toLowerCase().replaceAll('_', '-');
  const wanted = plain(name);
  const near = closest(wanted, known.map(plain));
  const most = Math.max(1, Math.floor(near.length / 3));
  // Letters that changed places are two steps, and the most common slip.
  const isNear = sorted(wanted) === sorted(near) || distance(wanted, near) <= most;
  return isNear ? `use ${known.find((one) => plain(one) === near)}` : all;
}
