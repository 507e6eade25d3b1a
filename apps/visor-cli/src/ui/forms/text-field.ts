import { MAX_TEXT } from '#filter';
import { type Key } from '../contracts.js';
import { printable } from '../../format/printable.js';
import { widthOf } from '../../format/width.js';

/** A line that is being written. */
export interface TextField {
  readonly text: string;
  /** Where in the text, in UTF-16 units; never within a character. */
  readonly cursor: number;
}

export const emptyField: TextField = { text: '', cursor: 0 };

/** @returns the text with the cursor at its end */
export const fieldOf = (text: string): TextField => ({ text, cursor: text.length });

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** @returns where the character begins that ends at the cursor */
function before({ text, cursor }: TextField): number {
  const segments = [...graphemes.segment(text.slice(0, cursor))];
  return segments.at(-1)?.index ?? 0;
}

/** @returns where the character ends that begins at the cursor */
function after({ text, cursor }: TextField): number {
  const [first] = graphemes.segment(text.slice(cursor));
  return cursor + (first?.segment.length ?? 0);
}

/** @returns where the word begins that is left of the cursor */
function wordBefore({ text, cursor }: TextField): number {
  return text.slice(0, cursor).replace(/[\p{L}\p{N}\p{M}_]*[^\p{L}\p{N}\p{M}_]*$/u, '').length;
}

/** A new line would end what is written in a line, so a pasted one is a space; what cannot be seen is left out. */
const cleaned = (text: string): string =>
  text.replace(/\r\n|[\n\r\t\u2028\u2029]/g, ' ').replace(/[\p{Cc}\p{Bidi_Control}\p{Cs}]/gu, '');

export function insertText({ text, cursor }: TextField, typed: string): TextField {
  const more = cleaned(typed).slice(0, Math.max(MAX_TEXT - text.length, 0));
  return { text: text.slice(0, cursor) + more + text.slice(cursor), cursor: cursor + more.length };
}

/** @returns the text with a part of it replaced, and the cursor behind what is new */
export const replaceText = ({ text }: TextField, from: number, to: number, by: string): TextField => ({
  text: text.slice(0, from) + by + text.slice(to),
  cursor: from + by.length,
});

const without = (field: TextField, from: number, to: number): TextField => replaceText(field, from, to, '');

/** What a key does to a line, by the key's name. */
const edits = {
  left: (field) => ({ ...field, cursor: before(field) }),
  right: (field) => ({ ...field, cursor: after(field) }),
  'word-left': (field) => ({ ...field, cursor: wordBefore(field) }),
  home: (field) => ({ ...field, cursor: 0 }),
  end: (field) => ({ ...field, cursor: field.text.length }),
  backspace: (field) => without(field, before(field), field.cursor),
  delete: (field) => without(field, field.cursor, after(field)),
  'delete-word': (field) => without(field, wordBefore(field), field.cursor),
  'delete-before': (field) => without(field, 0, field.cursor),
  'delete-after': (field) => without(field, field.cursor, field.text.length),
} as const satisfies Record<string, (field: TextField) => TextField>;

export type Edit = keyof typeof edits;

export const editField = (field: TextField, edit: Edit): TextField => edits[edit](field);

export interface FieldView {
  /** Safe to print, on so many cells at most. */
  readonly text: string;
  /** In which cell of it the cursor is, from 0; it may be the one behind the text. */
  readonly cursor: number;
}

/** @returns the part of the text around the cursor for which so many cells have room; one of them is for the cursor */
export function fieldView({ text, cursor }: TextField, width: number): FieldView {
  const cells = [...graphemes.segment(text)].map(({ segment, index }) => {
    const shown = printable(segment);
    return { shown, index, width: widthOf(shown) };
  });
  const room = Math.max(width - 1, 1);
  const at = cells.filter(({ index }) => index < cursor).length;
  let from = at;
  let left = 0;
  // Of what is before the cursor as much as there is room for; then of what follows.
  while (from > 0 && left + (cells[from - 1]?.width ?? 0) <= room) left += cells[--from]?.width ?? 0;
  let to = at;
  let used = left;
  while (to < cells.length && used + (cells[to]?.width ?? 0) <= room) used += cells[to++]?.width ?? 0;
  return {
    text: cells
      .slice(from, to)
      .map(({ shown }) => shown)
      .join(''),
    cursor: left,
  };
}

const byKey: Readonly<Record<string, Edit>> = {
  left: 'left',
  right: 'right',
  home: 'home',
  end: 'end',
  backspace: 'backspace',
  delete: 'delete',
};

const byCtrl: Readonly<Record<string, Edit>> = {
  a: 'home',
  e: 'end',
  b: 'left',
  f: 'right',
  left: 'word-left',
  w: 'delete-word',
  u: 'delete-before',
  k: 'delete-after',
};

/** @returns what the key makes of the line; undefined where it does nothing to a line */
export function typeInto(field: TextField, { name, text, ctrl, meta }: Key): TextField | undefined {
  if (ctrl) return byCtrl[name] && editField(field, byCtrl[name]);
  if (meta) return name === 'backspace' ? editField(field, 'delete-word') : undefined;
  const edit = byKey[name];
  if (edit) return editField(field, edit);
  return text === '' ? undefined : insertText(field, text);
}
