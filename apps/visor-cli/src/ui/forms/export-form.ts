import { printable } from '../../format/printable.js';
import {
  type Form,
  type FormResult,
  type FormView,
  type Key,
  type KeyHint,
  type Size,
  type UiParts,
} from '../contracts.js';
import { exported, formOfName, usualName, writeWhole } from './export-rows.js';
import { faultLines } from './fault-lines.js';
import { fieldOf, fieldView, type TextField, typeInto } from './text-field.js';

const PROMPT = 'file: ';

/** Why a file cannot be written. */
const faults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EROFS: 'nothing can be written there',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
};

/** Writes what is shown into a file whose name says the form. */
export class ExportForm implements Form {
  readonly title = 'Export';
  readonly where = 'line';
  readonly hints: readonly KeyHint[] = [
    { key: 'Enter', does: 'write' },
    { key: '^U', does: 'clear' },
    { key: 'Esc', does: 'leave' },
  ];
  #field: TextField;
  #fault: string | undefined;
  /** The file that is there, and that another Enter replaces. */
  #replaced: string | undefined;

  constructor(private readonly parts: UiParts) {
    this.#field = fieldOf(usualName(parts.now()));
  }

  key(key: Key): FormResult {
    if (key.name === 'escape') return 'close';
    if (key.name === 'enter') return this.#enter();
    this.#field = typeInto(this.#field, key) ?? this.#field;
    this.#fault = undefined;
    this.#replaced = undefined;
    return 'stay';
  }

  #enter(): FormResult {
    const path = this.#field.text.trim();
    const form = formOfName(path);
    if (form === undefined) {
      this.#fault = 'the name says how: end it with .jsonl or .csv';
      return 'stay';
    }
    const { text, what } = exported(this.parts.state(), form);
    try {
      writeWhole(path, text, this.#replaced === path);
      return { do: [{ type: 'message', text: printable(`${what} written to ${path}`) }] };
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') this.#replaced = path;
      this.#fault =
        code === 'EEXIST'
          ? 'that file is there already: Enter again replaces it'
          : `it was not written: ${faults[code] ?? message}`;
      return 'stay';
    }
  }

  view({ width }: Size): FormView {
    const { paint } = this.parts;
    const { text, cursor } = fieldView(this.#field, width - PROMPT.length);
    const about = 'what is shown, as rows: .jsonl or .csv';
    const above = this.#fault === undefined ? [paint.dim(about)] : faultLines(this.#fault, width, 3, paint);
    return {
      lines: [...above, `${PROMPT}${text}`],
      caret: { line: above.length, column: PROMPT.length + cursor },
    };
  }
}
