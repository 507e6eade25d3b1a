import { widthOf } from './width.js';

/** A part of a line and its colour. */
export interface Piece {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

export interface WrapOptions {
  /** Spaces between pieces; 2 unless given. */
  readonly gap?: number;
  /** Spaces at the beginning of all lines but the first; none unless given. */
  readonly hang?: number;
}

interface Word {
  readonly text: string;
  readonly paint: (text: string) => string;
  /** Spaces before it, where it is not the first of a line. */
  readonly gap: number;
}

const same = (text: string): string => text;

function wordsOf(pieces: readonly Piece[], gap: number): Word[] {
  return pieces
    .filter(({ text }) => text !== '')
    .flatMap(({ text, paint = same }, piece) =>
      text.split(' ').map((word, at) => ({ text: word, paint, gap: at === 0 && piece > 0 ? gap : 1 })),
    );
}

/** @returns the width of the pieces on one line */
export function widthOfPieces(pieces: readonly Piece[], gap = 2): number {
  const texts = pieces.map(({ text }) => text).filter((text) => text !== '');
  return widthOf(texts.join(' '.repeat(gap)));
}

/**
 * @param width characters of a line; a word that is longer has a line of its own
 * @returns the pieces, some spaces between them, in lines that break at spaces
 */
export function wrapped(
  pieces: readonly Piece[],
  width: number,
  { gap: between = 2, hang = 0 }: WrapOptions = {},
): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const { text, paint, gap } of wordsOf(pieces, between)) {
    const needed = widthOf(text);
    if (used > 0 && used + gap + needed > width) {
      lines.push(line);
      line = ' '.repeat(hang);
      used = 0;
    }
    const space = used === 0 ? 0 : gap;
    line += ' '.repeat(space) + paint(text);
    used += space + needed + (lines.length > 0 && space === 0 ? hang : 0);
  }
  return [...lines, line];
}
