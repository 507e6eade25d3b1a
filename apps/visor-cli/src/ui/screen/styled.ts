import { cut, widthOf } from '../../format/width.js';

// Colours are the only sequences that get here: all else was made harmless before.
// eslint-disable-next-line no-control-regex -- colours begin with ESC
const SGR = /(\u001b\[[0-9;]*m)/;
const INVERSE = '\u001b[7m';
const RESET = '\u001b[0m';

/** @returns the text with its colours on exactly so many cells, cut or filled with spaces */
export function fit(text: string, width: number): string {
  if (!text.includes('\u001b')) {
    const shown = cut(text, width);
    return shown + ' '.repeat(Math.max(0, width - widthOf(shown)));
  }
  let room = width;
  let out = '';
  let full = false;
  for (const part of text.split(SGR)) {
    if (part === '') continue;
    if (part.startsWith('\u001b')) {
      out += part;
      continue;
    }
    if (full) continue;
    const needed = widthOf(part);
    if (needed > room) {
      const shown = cut(part, room);
      out += shown;
      room -= widthOf(shown);
      full = true;
    } else {
      out += part;
      room -= needed;
    }
  }
  return `${out}${' '.repeat(Math.max(0, room))}`;
}

/** @returns the text with its foreground and background exchanged */
export const inverse = (text: string): string => `${INVERSE}${text}${RESET}`;

/** @returns the text without colours */
export const plainText = (text: string): string =>
  text
    .split(SGR)
    .filter((_, at) => at % 2 === 0)
    .join('');
