import { columns, type ColumnName, type JsonRow } from '#columns';
import { CliError } from '../errors.js';

/**
 * What a terminal acts on: C0 with DEL and C1 (Cc), the controls that reorder text, and those that break lines.
 * Names and rules come from other hosts: shown as they are they could rewrite the screen.
 */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

function escape(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
}

/** @returns the text with what a terminal would act on as `\x1b` */
export function printable(text: string): string {
  return text.replace(UNSAFE, escape);
}

/** A row's values as text that is safe to print; '' for a column the hub does not send. */
export type TextRow = Readonly<Record<ColumnName, string>>;

/** @throws CliError `protocol` where `json` is no row */
export function parseRow(json: string): TextRow {
  let row: Partial<JsonRow> | null;
  try {
    row = JSON.parse(json) as Partial<JsonRow> | null;
  } catch (cause) {
    throw new CliError('row', 'protocol', `the hub sent a row that is no JSON: ${json.slice(0, 80)}`, {
      cause,
    });
  }
  const text: Partial<Record<ColumnName, string>> = {};
  for (const { name } of columns) text[name] = printable(String(row?.[name] ?? ''));
  return text as TextRow;
}
