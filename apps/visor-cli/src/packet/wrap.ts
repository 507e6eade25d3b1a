import { widthOf } from '../groups/text-table.js';

/** A part of a line and its colour. */
export interface Piece {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

interface Word {
  readonly text: string;
  readonly paint: (text: string) => string;
  /** Spaces before it, where it is not the first of a line. */
  readonly gap: number;
}

const same = (text: string): string => text;

function wordsOf(pieces: readonly Piece[]): Word[] {
  return pieces
    .filter(({ text }) => text !== '')
    .flatMap(({ text, paint = same }, piece) =>
      text.split(' ').map((word, at) => ({ text: word, paint, gap: at === 0 && piece > 0 ? 2 : 1 })),
    );
}

/**
 * @param width characters of a line; a word that is longer has a line of its own
 * @returns the pieces, two spaces between them, in lines that break at spaces
 */
export function wrapped(pieces: readonly Piece[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const { text, paint, gap } of wordsOf(pieces)) {
    const needed = widthOf(text);
    if (used > 0 && used + gap + needed > width) {
      lines.push(line);
      line = '';
      used = 0;
    }
    const space = used === 0 ? 0 : gap;
    line += ' '.repeat(space) + paint(text);
    used += space + needed;
  }
  return [...lines, line];
}
