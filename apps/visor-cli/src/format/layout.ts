import { type TableColumn } from './table-columns.js';

export const GAP = 2;
/** What the last column wants beside the others; where there is less, it goes below them. */
const BESIDE = 48;

/** Where a row's columns stand. */
export interface Layout {
  readonly columns: readonly TableColumn[];
  /** Of each column, in cells. */
  readonly widths: readonly number[];
  /** Columns that stand below the others, on a line of their own, one behind the other. */
  readonly below: readonly TableColumn[];
}

export interface Sized {
  readonly column: TableColumn;
  /** What its cells take. */
  readonly natural: number;
}

const total = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + GAP, -GAP);
const naturals = (sized: readonly Sized[]): number[] => sized.map(({ natural }) => natural);

/** Narrows the widest column that may be narrower, by one, until all fit, or none may. */
function narrowed(sized: readonly Sized[], width: number): number[] {
  const widths = naturals(sized);
  for (let excess = total(widths) - width; excess > 0; excess--) {
    const room = sized.map(({ column }, i) => ((widths[i] ?? 0) > column.min ? (widths[i] ?? 0) : 0));
    const widest = room.indexOf(Math.max(...room));
    if (room[widest] === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** Leaves out what can be spared, one by one, until the rest fits. @param moving whether also what moves elsewhere */
function spared(sized: readonly Sized[], width: number, moving: boolean): readonly Sized[] {
  let kept = sized;
  while (total(naturals(kept)) > width) {
    const spare = kept.filter(
      ({ column }) => column.spare !== undefined && (moving || column.moves !== true),
    );
    const [first] = spare.sort((a, b) => (a.column.spare ?? 0) - (b.column.spare ?? 0));
    if (!first) break;
    kept = kept.filter((each) => each !== first);
  }
  return kept;
}

const laidOut = (sized: readonly Sized[], width: number): Layout => ({
  columns: sized.map(({ column }) => column),
  widths: narrowed(sized, width),
  below: [],
});

/** Nothing is left out or cut: what does not fit beside the others stands below them, and the terminal breaks the rest. */
export function layOutWide(sized: readonly Sized[], width: number): Layout {
  const last = sized.at(-1);
  if (!last || sized.length < 3 || total(naturals(sized)) <= width) return laidOut(sized, Infinity);
  return { ...laidOut(sized.slice(0, -1), Infinity), below: [last.column] };
}

/**
 * Fits columns to a line. What a rule says is worth more than an interface or a length: those are left out for it. Where
 * that is not enough it stands below, and with it what must not be missing. Only then columns are cut.
 *
 * @param width cells that a line has
 */
export function layOut(sized: readonly Sized[], width: number): Layout {
  const last = sized.at(-1);
  if (!last || total(naturals(sized)) <= width) return laidOut(sized, width);
  const others = sized.slice(0, -1);
  const beside = { ...last, natural: Math.min(last.natural, BESIDE) };
  const kept = spared([...others, beside], width, false);
  if (total(naturals(kept)) <= width) return laidOut([...kept.slice(0, -1), last], width);
  if (others.length < 2) return laidOut(sized, width);
  const above = spared(others, width, true);
  const moved = others.filter((each) => each.column.moves === true && !above.includes(each));
  return { ...laidOut(above, width), below: [...moved, last].map(({ column }) => column) };
}
