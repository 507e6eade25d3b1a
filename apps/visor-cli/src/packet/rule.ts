import { outcome } from '../format/packet.js';
import { type TextRow } from '../format/printable.js';

/** @returns the rule's text without its comment, which stands behind it where it is shown */
export function statements({ rule, comment }: TextRow): string {
  const suffix = comment === '' ? '' : ` comment "${comment}"`;
  return suffix !== '' && rule.endsWith(suffix) ? rule.slice(0, -suffix.length) : rule;
}

/** @returns where a jump leads, if the rule's text does not end with it: a map names every target */
export function target(row: TextRow): string {
  return row.jt === '' || statements(row).endsWith(` ${row.jt}`) ? '' : `to ${row.jt}`;
}

/** @returns `inet filter input` */
export const placeOf = ({ family, table, chain }: TextRow): string =>
  [family, table, chain].filter((part) => part !== '').join(' ');

export const hasRule = ({ type, handle }: TextRow): boolean =>
  type !== 'policy' && handle !== '' && handle !== '0';

/** @returns the packet's fate and what decided it, in a line: `DROPPED by policy of inet filter input` */
export function verdictLine(decided: TextRow | undefined, rows: readonly TextRow[]): string {
  const last = decided ?? rows.at(-1);
  if (!last) return 'UNKNOWN';
  const fate = (last.fate || 'unknown').toUpperCase();
  if (!decided) {
    return `${fate}; the hop that decided is missing, the last one that is known is in ${placeOf(last)}`;
  }
  if (fate === 'UNKNOWN') {
    return `UNKNOWN: events of it were lost, the last one that is known is ${outcomeOf(last)} ${by(last)}`;
  }
  return `${fate} ${by(last)}`;
}

const outcomeOf = (row: TextRow): string => (row.verdict || outcome(row)).toLowerCase();

function by(row: TextRow): string {
  if (row.type === 'policy') return `by policy of ${placeOf(row)}`;
  if (!hasRule(row)) return `at the end of ${placeOf(row)}`;
  const text = statements(row);
  const comment = row.comment === '' ? '' : ` # ${row.comment}`;
  return `by rule ${row.handle} of ${placeOf(row)}${text === '' ? '' : `: ${text}`}${comment}`;
}
