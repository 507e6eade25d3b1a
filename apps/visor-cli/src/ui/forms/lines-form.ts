import {
  type Form,
  type FormResult,
  type FormView,
  type Key,
  type KeyHint,
  type Size,
  type UiParts,
} from '../contracts.js';
import { padded, widthOf } from '../../format/width.js';
import { moved, topFor } from './choice.js';
import { faultLines } from './fault-lines.js';
import { type Proposals, proposalLine, Taking } from './proposals.js';
import { emptyField, fieldOf, fieldView, type TextField, typeInto } from './text-field.js';

/** A line that is chosen, or written in. */
export interface ChoiceLine {
  /** Safe to print. */
  readonly label: string;
  readonly about?: string;
  /** What is written there at first; absent: nothing is. */
  readonly text?: string;
  /** What may stand there. */
  readonly proposals?: (field: TextField) => Proposals;
  /** A new number of a group begins below an empty line. */
  readonly group?: number;
}

/** What Enter on a line does; a text is what is wrong with it. */
export type Chosen = FormResult | { readonly fault: string };

/** @param texts what is written in the lines, '' where nothing can be */
export type Choose = (at: number, texts: readonly string[]) => Chosen;

/** Lines for what is wrong, or proposals. */
const BELOW = 2;

const hints: readonly KeyHint[] = [
  { key: 'Enter', does: 'take' },
  { key: '↑↓', does: 'line' },
  { key: 'Esc', does: 'leave' },
];

/** Lines of which one is chosen; in some of them something is written. */
export class LinesForm implements Form {
  readonly where = 'over';
  readonly #fields: TextField[];
  #top = 0;
  #fault: string | undefined;
  readonly #taking = new Taking();

  constructor(
    readonly title: string,
    private readonly lines: readonly ChoiceLine[],
    private readonly parts: Pick<UiParts, 'paint'>,
    private readonly choose: Choose,
    private at = 0,
    private readonly closed: () => void = () => undefined,
  ) {
    this.#fields = lines.map(({ text }) => (text === undefined ? emptyField : fieldOf(text)));
  }

  get hints(): readonly KeyHint[] {
    const proposes = this.lines.some(({ proposals }) => proposals);
    return proposes ? [...hints.slice(0, 2), { key: 'Tab', does: 'complete' }, ...hints.slice(2)] : hints;
  }

  close(): void {
    this.closed();
  }

  key(key: Key): FormResult {
    this.#fault = undefined;
    if (key.name === 'tab') return this.#tab(key.shift);
    this.#taking.end();
    if (key.name === 'escape') return 'close';
    if (key.name === 'enter') return this.#enter();
    const next = moved(this.at, this.lines.length, key);
    if (next !== undefined) this.at = next;
    else if (this.#isWritten) this.#fields[this.at] = typeInto(this.#field, key) ?? this.#field;
    return 'stay';
  }

  #enter(): FormResult {
    const chosen = this.choose(
      this.at,
      this.#fields.map(({ text }) => text),
    );
    if (typeof chosen === 'string' || 'do' in chosen) return chosen;
    this.#fault = chosen.fault;
    return 'stay';
  }

  get #field(): TextField {
    return this.#fields[this.at] ?? emptyField;
  }

  get #isWritten(): boolean {
    return this.lines[this.at]?.text !== undefined;
  }

  get #proposals(): Proposals | undefined {
    return this.#taking.round?.proposals ?? this.lines[this.at]?.proposals?.(this.#field);
  }

  #tab(backwards: boolean): FormResult {
    const found = this.#proposals;
    const taken = found && this.#taking.next(this.#field, found, backwards);
    if (taken) this.#fields[this.at] = taken;
    else this.at = (this.at + (backwards ? -1 : 1) + this.lines.length) % this.lines.length;
    return 'stay';
  }

  view({ width, height }: Size): FormView {
    const { paint } = this.parts;
    const label = Math.max(...this.lines.map((line) => widthOf(line.label)));
    const rows = this.lines.flatMap((line, at): { text: string; at: number }[] => {
      const isNew = at > 0 && line.group !== this.lines[at - 1]?.group;
      const text = this.#line(line, at, label, width);
      return [...(isNew ? [{ text: '', at: -1 }] : []), { text, at }];
    });
    const row = rows.findIndex(({ at }) => at === this.at);
    const room = Math.max(height - BELOW - 1, 1);
    this.#top = topFor(row, rows.length, room, this.#top);
    const shown = rows.slice(this.#top, this.#top + room).map(({ text }) => text);
    const proposals = this.#proposals;
    const wrong = this.#fault === undefined ? [] : faultLines(this.#fault, width, BELOW, paint);
    const said = [proposals ? proposalLine(proposals, this.#taking.round?.at ?? -1, width, paint) : '', ''];
    const below = [...wrong, ...said.slice(wrong.length)];
    const start = label + 4;
    const caret = { line: row - this.#top, column: start + fieldView(this.#field, width - start).cursor };
    return { lines: [...shown, '', ...below], ...(this.#isWritten && { caret }) };
  }

  #line({ label, about, text }: ChoiceLine, at: number, labelWidth: number, width: number): string {
    const { paint } = this.parts;
    const mark = at === this.at ? '▸' : ' ';
    const start = `${mark} ${padded(label, labelWidth)}`;
    if (text === undefined) return `${start}  ${paint.dim(about ?? '')}`;
    const field = this.#fields[at] ?? emptyField;
    const shown = at === this.at ? field : { ...field, cursor: 0 };
    const value = fieldView(shown, width - labelWidth - 4).text;
    return `${start}  ${value === '' && at !== this.at ? paint.dim(about ?? '') : value}`;
  }
}
