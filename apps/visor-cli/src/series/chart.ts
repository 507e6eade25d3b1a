/** A series as it is drawn: a number for each bucket; null: there is none. */
export type Points = readonly (number | null)[];

/** How a cell is drawn. */
export interface Ink {
  /** @returns the character in the colour of that series */
  color(character: string, series: number): string;
  /** Whether series can be told by their colours; else each has a character of its own. */
  readonly colored: boolean;
}

/** By the eighth of a cell that is full. */
const EIGHTHS = ['', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const FULL = '█';
const PATTERNS = ['#', '=', 'o', '+', 'x', ':', '*', '%', '@', '&', '~'];
const POINTS = ['●', '○', '◆', '◇', '■', '□', '▲', '△', '▼', '▽', '+'];

/** @returns what a series is drawn with, for its legend */
export function signOf(
  series: number,
  { count, stacked }: { readonly count: number; readonly stacked: boolean },
  ink: Ink,
): string {
  const own = (stacked ? PATTERNS : POINTS)[series % PATTERNS.length] ?? '#';
  if (count === 1 && stacked) return ink.color(FULL, series);
  return ink.color(ink.colored ? (stacked ? FULL : (POINTS[0] ?? own)) : own, series);
}

/** @returns the least of 1, 2, 2.5, 5 times a power of ten that is not less; in steps of the binary units for bytes */
export function roundedUp(value: number, base: 10 | 2): number {
  if (value <= 0) return 1;
  if (base === 2) {
    const unit = 1024 ** Math.max(0, Math.floor(Math.log(value) / Math.log(1024)));
    return roundedUp(value / unit, 10) * unit;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= value) ?? 10;
  return factor * power;
}

/** @returns each bucket's greatest sum, or of series beside each other their greatest */
export function heights(series: readonly Points[], stacked: boolean): number[] {
  const [first = []] = series;
  return first.map((_, at) => {
    const values = series.map((points) => points[at] ?? 0);
    return stacked ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
  });
}

/** @returns the part of a stack that is within a cell, by series */
function shares(values: readonly number[], from: number, to: number): number[] {
  let below = 0;
  return values.map((value) => {
    const share = Math.max(Math.min(below + value, to) - Math.max(below, from), 0);
    below += value;
    return share;
  });
}

function stackCell(values: readonly number[], row: number, step: number, ink: Ink): string {
  const total = values.reduce((sum, value) => sum + value, 0);
  const parts = shares(values, row * step, (row + 1) * step);
  const filled = parts.reduce((sum, part) => sum + part, 0);
  if (filled <= 0) return ' ';
  const most = parts.indexOf(Math.max(...parts));
  if (values.length > 1 && !ink.colored) {
    // A pattern cannot be filled in part; what is something is shown at least once.
    if (filled < step / 2 && row > 0) return ' ';
    return PATTERNS[most % PATTERNS.length] ?? '#';
  }
  const eighth = Math.round((filled / step) * 8);
  // A little is not nothing.
  const least = row === 0 && total > 0 ? 1 : 0;
  const character = EIGHTHS[Math.max(Math.min(eighth, 8), least)] || ' ';
  return ink.color(character, most);
}

function pointCell(
  values: readonly (number | null)[],
  row: number,
  step: number,
  ink: Ink,
  rows: number,
): string {
  const here = values.flatMap((value, series) => {
    const at = value === null ? -1 : Math.min(Math.floor(value / step), rows - 1);
    return at === row && value !== null && value > 0 ? [series] : [];
  });
  const [series] = here;
  if (series === undefined) return ' ';
  return ink.color((ink.colored ? POINTS[0] : POINTS[series % POINTS.length]) ?? '●', series);
}

export interface ChartSize {
  readonly rows: number;
  /** How many characters each bucket is wide. */
  readonly scale: number;
  /** What the whole height stands for. */
  readonly top: number;
}

/** @returns the chart's lines, the upper first, as wide as all buckets */
export function chartLines(series: readonly Points[], stacked: boolean, size: ChartSize, ink: Ink): string[] {
  const { rows, scale, top } = size;
  const step = top / rows;
  const [first = []] = series;
  return Array.from({ length: rows }, (_, line) => {
    const row = rows - 1 - line;
    return first
      .map((_, at) => {
        const values = series.map((points) => points[at] ?? null);
        const cell =
          stacked || series.length === 1
            ? stackCell(
                values.map((value) => value ?? 0),
                row,
                step,
                ink,
              )
            : pointCell(values, row, step, ink, rows);
        return cell.repeat(scale);
      })
      .join('');
  });
}
