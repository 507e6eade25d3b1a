import { columns, type ColumnName, type JsonRow } from '#columns';
import { CliError } from '../errors.js';

const PLAIN = /^[\x20-\x7e]*$/;

/**
 * What does not look like what it is. Names, rules and comments come from other hosts: shown as they are they could
 * rewrite the screen, or pass for others. In order: what a terminal acts on, C0 with DEL and C1 (Cc); what is not seen or
 * reorders text (Cf and the rest of what is ignored by default), but for how an emoji is joined and shown; what breaks
 * lines; halves of characters; and a fifth mark over one letter, as a heap of them covers the lines around.
 */
const UNSAFE =
  /\p{Cc}|(?!(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic}))(?![\ufe0e\ufe0f])[\p{Cf}\p{Default_Ignorable_Code_Point}]|[\u2028\u2029\p{Cs}]|(?<=\p{M}{4})\p{M}/gu;

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  const digits = code.toString(16).padStart(4, '0');
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits}`;
}

/** @returns the text with what a terminal would act on, and what cannot be seen, as `\x1b` */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, escape);
}

/** A row's values as text that is safe to print; '' for a column the hub does not send. */
export type TextRow = Readonly<Record<ColumnName, string>>;

/** @returns a row's values as they were sent @throws CliError `protocol` where `json` is no row */
export function parseValues(json: string): Partial<JsonRow> {
  let row: unknown;
  try {
    row = JSON.parse(json);
  } catch (cause) {
    const sentence = `the hub sent a row that is no JSON: ${json.slice(0, 80)}`;
    throw new CliError('row', 'protocol', sentence, { cause });
  }
  return typeof row === 'object' && row !== null ? row : {};
}

/** @throws CliError `protocol` where `json` is no row */
export function parseRow(json: string): TextRow {
  const row = parseValues(json);
  const text: Partial<Record<ColumnName, string>> = {};
  for (const { name } of columns) text[name] = printable(String(row[name] ?? ''));
  return text as TextRow;
}
