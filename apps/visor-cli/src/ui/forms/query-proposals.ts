import { type ColumnName } from '#columns';
import { complete, parseFilter, quoteText } from '#filter';
import { type HintSource } from './hint-source.js';
import { type Proposal, type Proposals } from './proposals.js';
import { type TextField } from './text-field.js';

const meaning = (text: string): string =>
  JSON.stringify(parseFilter(text), (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );

/** @returns a value as the language reads it back: bare where that means the same, else in quotes */
function valueText(column: ColumnName, value: string, quoted: boolean): string {
  const inQuotes = quoteText(value);
  if (quoted || !/^[\p{L}\p{N}_:.@/-]+$/u.test(value)) return inQuotes;
  try {
    return meaning(`${column} == ${value}`) === meaning(`${column} == ${inQuotes}`) ? value : inQuotes;
  } catch {
    return inQuotes;
  }
}

/** @returns what can be written at the cursor: values that packets have first, then what the language has there */
export function queryProposals({ text, cursor }: TextField, hints: HintSource): Proposals {
  const { from, to, prefix, items, values } = complete(text, cursor);
  const quoted = /^["'`]/.test(text.slice(from, to));
  const [column] = values?.columns ?? [];
  const known = column
    ? hints.of(values?.columns ?? [], prefix).map(({ value, count }): Proposal => ({
        text: valueText(column, value, quoted),
        about: `${count} packets`,
      }))
    : [];
  const others = items.map(({ text: one, doc = '' }) => ({ text: one, about: doc }));
  const found = [...known, ...others].filter((item) => item.text !== text.slice(from, to));
  return { from, to, items: found };
}
