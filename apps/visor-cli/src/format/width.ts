import stringWidth from 'fast-string-width';

const PLAIN = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** @returns how many cells of a terminal a printable text takes: two a Chinese character or an emoji, none a mark */
export function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** @returns the text, its end as `…` where it takes more than so many cells */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  if (PLAIN.test(text)) return `${text.slice(0, width - 1)}…`;
  let room = width - 1;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    room -= widthOf(segment);
    if (room < 0) break;
    end = index + segment.length;
  }
  return `${text.slice(0, end)}…`;
}

/** @returns the text on exactly so many cells, cut or filled with spaces */
export function padded(text: string, width: number, right = false): string {
  const shown = cut(text, width);
  const space = ' '.repeat(Math.max(width - widthOf(shown), 0));
  return right ? space + shown : shown + space;
}
