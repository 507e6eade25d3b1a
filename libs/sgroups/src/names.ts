import { SEPARATOR } from './data.js';
import { type Problems } from './problems.js';

const MOST_CHARACTERS = 255;
/** Of the names in one cell; what is beyond is left out of rows, and told */
const MOST_CELL_BYTES = 4096;
const CONTROL = /[\p{Cc}\p{Surrogate}]/u;

/** @returns why a name cannot be one; undefined where it can */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.includes(SEPARATOR)) return 'has a comma, which separates names';
  if (CONTROL.test(name)) return 'has a control character';
  if (name.length > MOST_CHARACTERS) return `is longer than ${MOST_CHARACTERS} characters`;
  return undefined;
}

/**
 * @param whose whose names they are, for the problem: `network 10.0.0.0/8`
 * @returns the names as a cell bears them: each once, in order
 */
export function joinNames(names: readonly string[], whose: () => string, problems: Problems): string {
  if (names.length < 2) return names[0] ?? '';
  const distinct = [...new Set(names)];
  const joined = distinct.join(SEPARATOR);
  if (Buffer.byteLength(joined) <= MOST_CELL_BYTES) return joined;
  let bytes = -1;
  const fit = distinct.findIndex((name) => (bytes += Buffer.byteLength(name) + 1) > MOST_CELL_BYTES);
  problems.add(
    'cells with too many names',
    () =>
      `${whose()}: of ${distinct.length} names rows bear the first ${fit}, ${MOST_CELL_BYTES} bytes at most`,
  );
  return distinct.slice(0, fit).join(SEPARATOR);
}
