import { padded, widthOf } from '../format/width.js';

/** A cell: what is shown, and how it is coloured once it has its width. */
export interface TextCell {
  readonly text: string;
  readonly paint?: (shown: string) => string;
}

export interface TextColumn {
  readonly title: string;
  readonly right?: boolean;
  /** It does not get narrower than this; undefined: it keeps its width. */
  readonly min?: number;
}

const GAP = 2;

/** @returns the widths with the widest that may be narrower made so, one by one, until a line fits */
function fitted(widths: readonly number[], columns: readonly TextColumn[], width: number): number[] {
  const fit = [...widths];
  let excess = fit.reduce((sum, w) => sum + w + GAP, -GAP) - width;
  while (excess > 0) {
    const spare = fit.map((w, at) => (w > (columns[at]?.min ?? w) ? w : 0));
    const widest = spare.indexOf(Math.max(...spare));
    if (spare[widest] === 0) break;
    fit[widest] = (fit[widest] ?? 0) - 1;
    excess--;
  }
  return fit;
}

/** @returns the width of a line whose columns are cut off as far as they may be */
export function leastWidth(
  columns: readonly (TextColumn & { readonly cells: readonly TextCell[] })[],
): number {
  const widths = columns.map(({ title, cells, min = Infinity }) =>
    Math.min(Math.max(widthOf(title), ...cells.map(({ text }) => widthOf(text))), min),
  );
  return widths.reduce((sum, width) => sum + width + GAP, -GAP);
}

/** A table's lines, each without its newline. */
export interface TextTable {
  readonly head: string;
  readonly lines: readonly string[];
  /** A line as long as the longest may be. */
  readonly rule: string;
}

/**
 * @param rows each with a cell for every column
 * @param width characters a line may have: columns that may are cut off for it
 */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly TextCell[])[],
  width: number,
): TextTable {
  const natural = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at]?.text ?? ''))),
  );
  const widths = fitted(natural, columns, width);
  const line = (cells: readonly TextCell[]): string =>
    columns
      .map(({ right }, at) => {
        const { text = '', paint } = cells[at] ?? {};
        // Spaces at a line's end serve nobody.
        const last = at === columns.length - 1 && right !== true;
        const shown =
          last && widthOf(text) <= (widths[at] ?? 0) ? text : padded(text, widths[at] ?? 0, right);
        return paint ? paint(shown) : shown;
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  return {
    head: line(columns.map(({ title }) => ({ text: title }))),
    lines: rows.map(line),
    rule: '─'.repeat(
      Math.max(
        widths.reduce((sum, w) => sum + w + GAP, -GAP),
        0,
      ),
    ),
  };
}
