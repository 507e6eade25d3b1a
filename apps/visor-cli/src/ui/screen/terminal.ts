import { writeSync } from 'node:fs';
import { type ReadStream, type WriteStream } from 'node:tty';
import { type Size } from '../contracts.js';
import { type Input, InputDecoder } from './input.js';

const ESC = '\u001b[';
/** Another screen; no cursor, no line breaks by itself, no reordering of right-to-left; mouse (SGR), pastes. */
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l${ESC}8l${ESC}?1000h${ESC}?1006h${ESC}?2004h${ESC}2J`;
const LEAVE = `${ESC}?2004l${ESC}?1006l${ESC}?1000l${ESC}8h${ESC}?7h${ESC}0m${ESC}?25h${ESC}?1049l`;
/** Terminals that know it show a frame when it is whole. */
const FRAME = { start: `${ESC}?2026h`, end: `${ESC}?2026l` };
/** After an ESC alone; a sequence comes at once. */
const ESC_WAIT_MS = 50;

export interface Frame {
  /** Each as wide as the screen, with colours. */
  readonly lines: readonly string[];
  readonly caret?: { readonly x: number; readonly y: number } | undefined;
}

/** What all terminals give the same room: ASCII, lines and blocks, and the few marks of the screen itself. */
// eslint-disable-next-line no-control-regex -- colours begin with ESC
const PLAIN = /^[\u0020-\u007e\u001b\u2500-\u259f\u25b6\u25b8\u25cf\u2190-\u2193\u2026\u00d7\u00b7]*$/;

export interface TerminalEvents {
  readonly input: (input: Input) => void;
  readonly resize: () => void;
}

/** A terminal that a program has for itself. Draws lines that have changed, and leaves it as it was, whatever happens. */
export class Terminal {
  #shown: readonly string[] = [];
  #open = false;
  readonly #decoder = new InputDecoder();
  #timer: NodeJS.Timeout | undefined;
  #events: TerminalEvents | undefined;
  /** Bytes that are not written yet are not added to: who reads slowly sees fewer frames. */
  #busy = false;

  constructor(
    private readonly input: ReadStream,
    private readonly output: WriteStream,
  ) {}

  get size(): Size {
    return { width: this.output.columns || 80, height: this.output.rows || 24 };
  }

  /** Whether the last frame is still being written. */
  get busy(): boolean {
    return this.#busy;
  }

  open(events: TerminalEvents): void {
    this.#open = true;
    this.#events = events;
    this.input.setRawMode(true);
    this.input.setEncoding('utf8').on('data', this.#data);
    this.input.resume();
    this.output.on('resize', this.#resize);
    process.on('exit', this.close);
    this.output.write(ENTER);
  }

  /** Gives the terminal back; at once, so that it can be called when the process ends. */
  readonly close = (): void => {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#timer);
    process.off('exit', this.close);
    this.output.off('resize', this.#resize);
    this.input.off('data', this.#data).pause();
    try {
      this.input.setRawMode(false);
      writeSync(1, LEAVE);
    } catch {
      // The terminal has gone away.
    }
  };

  /** Draws lines that are not there yet. */
  draw({ lines, caret }: Frame): void {
    if (!this.#open) return;
    let text = '';
    lines.forEach((line, at) => {
      if (line === this.#shown[at]) return;
      // What takes more or fewer cells than thought must not leave the old line's end behind.
      const erase = PLAIN.test(line) && PLAIN.test(this.#shown[at] ?? '') ? '' : `${ESC}2K`;
      text += `${ESC}${at + 1};1H${ESC}0m${erase}${line}`;
    });
    this.#shown = lines;
    const cursor = caret ? `${ESC}${caret.y + 1};${caret.x + 1}H${ESC}?25h` : `${ESC}?25l`;
    this.send(`${FRAME.start}${text}${ESC}0m${cursor}${FRAME.end}`);
  }

  /** Everything is drawn anew the next time. */
  forget(): void {
    this.#shown = [];
  }

  send(sequence: string): void {
    if (!this.#open) return;
    this.#busy = true;
    this.output.write(sequence, () => (this.#busy = false));
  }

  readonly #resize = (): void => {
    this.forget();
    this.send(`${ESC}2J`);
    this.#events?.resize();
  };

  readonly #data = (text: string): void => {
    clearTimeout(this.#timer);
    for (const input of this.#decoder.feed(text)) this.#events?.input(input);
    if (!this.#decoder.waits) return;
    this.#timer = setTimeout(() => {
      for (const input of this.#decoder.flush()) this.#events?.input(input);
    }, ESC_WAIT_MS);
  };
}
