/** By the eighth of a cell that is full. */
const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** @returns means of `step` values each, the last ones whole; the first may be of fewer */
export function means(values: readonly number[], step: number): number[] {
  const found: number[] = [];
  for (let end = values.length; end > 0; end -= step) {
    const part = values.slice(Math.max(end - step, 0), end);
    found.unshift(part.reduce((sum, value) => sum + value, 0) / part.length);
  }
  return found;
}

/**
 * @param top what the whole height stands for
 * @returns so many lines of bars, the upper first; a little is never nothing
 */
export function bars(values: readonly number[], rows: number, top: number): string[] {
  const heights = values.map((value) => {
    const eighths = top <= 0 ? 0 : Math.round((Math.min(value, top) / top) * rows * 8);
    return value > 0 ? Math.max(eighths, 1) : 0;
  });
  return Array.from({ length: rows }, (_, line) => {
    const below = (rows - 1 - line) * 8;
    return heights.map((eighths) => EIGHTHS[Math.min(Math.max(eighths - below, 0), 8)] ?? ' ').join('');
  });
}
