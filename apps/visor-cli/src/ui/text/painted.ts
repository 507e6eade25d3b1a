import { cut, widthOf } from '../../format/width.js';

// eslint-disable-next-line no-control-regex -- the colours that format/paint.ts gives
const SGR = /\x1b\[[0-9;]*m/g;
// eslint-disable-next-line no-control-regex -- likewise
const SPLIT = /(\x1b\[[0-9;]*m)/;
const RESET = '\x1b[0m';

/** @returns the text without its colours */
export const unpainted = (line: string): string => line.replace(SGR, '');

/** @returns how many cells a line with colours takes */
export const paintedWidth = (line: string): number => widthOf(unpainted(line));

/** @returns a line with colours on so many cells at most, its end as `…`; no colour goes on behind it */
export function cutPainted(line: string, width: number): string {
  if (paintedWidth(line) <= width) return line;
  if (width < 1) return '';
  let room = width - 1;
  let shown = '';
  for (const part of line.split(SPLIT)) {
    const needed = part.startsWith('\x1b') ? 0 : widthOf(part);
    // The space makes the part too long, so that its end is cut off also where it alone would fit.
    if (needed > room) return `${shown}${cut(`${part} `, room + 1)}${line.includes('\x1b') ? RESET : ''}`;
    shown += part;
    room -= needed;
  }
  return shown;
}

/** @returns a line with colours on exactly so many cells */
export function fittedLine(line: string, width: number): string {
  const shown = cutPainted(line, width);
  return shown + ' '.repeat(Math.max(width - paintedWidth(shown), 0));
}
