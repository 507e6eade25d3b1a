import { type Output } from '../output.js';

const UP = (lines: number): string => (lines > 0 ? `\x1b[${lines}A` : '');
const CLEAR_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
/** A line that is too long is cut off by the terminal, which knows how wide its characters are. */
const NO_WRAP = '\x1b[?7l';
const WRAP = '\x1b[?7h';

/** What a redrawn block is told to stay within. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** @returns the terminal's size now: it may be changed at any time */
export const terminalSize = (): Size => ({
  rows: process.stdout.rows || 24,
  columns: process.stdout.columns || 80,
});

/**
 * A block of lines that is drawn again in its place. It stays on the screen where the program ends. It is never higher
 * than the screen, or its first line would be out of the cursor's reach.
 */
export class Screen {
  #height = 0;

  constructor(
    private readonly output: Output,
    private readonly size: () => Size,
  ) {}

  async draw(text: string): Promise<void> {
    const lines = text.replace(/\n$/, '').split('\n');
    const room = Math.max(this.size().rows - 1, 1);
    const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), '…'];
    const body = shown.map((line) => `${line}${CLEAR_LINE_END}\n`).join('');
    const up = UP(Math.min(this.#height, room));
    this.#height = shown.length;
    await this.output.write(`${NO_WRAP}${up}\r${body}${CLEAR_BELOW}${WRAP}`);
  }
}
