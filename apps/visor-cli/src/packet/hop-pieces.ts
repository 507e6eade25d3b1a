import { type Names } from '../format/names.js';
import { type Paint } from '../format/paint.js';
import { type TextRow } from '../format/printable.js';
import { type Piece } from '../format/wrap.js';
import { whoToWhom } from './headers.js';
import { hasRule, statements, target } from './rule.js';

/** Marks the hop that decided. */
export const MARK = '▶';

/** What a later chain sees otherwise: addresses that were translated, a mark that was set. */
export function changes(row: TextRow, before: TextRow | undefined, names: Names | undefined): string[] {
  if (!before || row.ip_dst === '') return [];
  const marked = row.mark !== before.mark ? [`mark 0x${Number(row.mark).toString(16)}`] : [];
  return [...(whoToWhom(row) === whoToWhom(before) ? [] : [`now ${whoToWhom(row, names)}`]), ...marked];
}

/** @returns the rule as it is read: its text, its handle, its comment; or what there is instead */
export function pieces(row: TextRow, paint: Paint): Piece[] {
  if (row.type === 'policy') return [{ text: `policy ${row.verdict}` }];
  if (!hasRule(row)) return [{ text: 'end of chain' }];
  return [
    { text: statements(row) || '(its text is not known)' },
    { text: target(row) },
    { text: `handle ${row.handle}`, paint: (shown) => paint.dim(shown) },
    { text: row.comment === '' ? '' : `# ${row.comment}` },
  ];
}
