import { type Size } from '../contracts.js';

/** A rectangle of cells, counted from 0. */
export interface Region extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Layout extends Size {
  readonly list: Region;
  /** Between them. */
  readonly border: number;
  readonly panel: Region;
  /** The line of titles and tabs. */
  readonly titles: number;
  readonly footer: number;
}

export const MIN_SIZE: Size = { width: 80, height: 24 };
/** From here on both sides have room for all that they show. */
const WIDE = 140;
const HEADER = 2;

/** @returns undefined where the window is too small */
export function layoutOf({ width, height }: Size, focus: 'list' | 'panel'): Layout | undefined {
  if (width < MIN_SIZE.width || height < MIN_SIZE.height) return undefined;
  // In a narrow window the side that one works in has more room.
  const share = width >= WIDE ? 0.5 : focus === 'list' ? 0.62 : 0.36;
  const border = Math.round(width * share);
  const y = HEADER + 1;
  const rows = height - y - 1;
  return {
    width,
    height,
    border,
    titles: HEADER,
    footer: height - 1,
    list: { x: 0, y, width: border, height: rows },
    panel: { x: border + 1, y, width: width - border - 1, height: rows },
  };
}

/** @returns the first line to show, so that `at` is on the screen and as near to `row` of it as there are lines for */
export function topFor(at: number, row: number, length: number, height: number): number {
  return Math.max(0, Math.min(at - Math.max(0, Math.min(row, height - 1)), length - height));
}
