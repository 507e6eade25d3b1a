import { FilterError } from '#filter';
import { CliError } from '../../errors.js';
import { timeQuery } from '../../time-flags.js';
import { type Form, type UiParts } from '../contracts.js';
import { live, type TimeRange } from '../model/range.js';
import { type ChoiceLine, type Chosen, LinesForm } from './lines-form.js';

const lengths = [
  ['5m', 'the last 5 minutes'],
  ['15m', 'the last 15 minutes'],
  ['1h', 'the last hour'],
  ['6h', 'the last 6 hours'],
  ['1d', 'the last day'],
  ['7d', 'the last week'],
] as const;

const FROM = lengths.length + 1;
const TO = FROM + 1;

function linesOf(range: TimeRange): ChoiceLine[] {
  const fixed = range.kind === 'fixed' ? range : undefined;
  return [
    { label: 'live', about: 'new packets as they come' },
    ...lengths.map(([label, about]) => ({ label, about, group: 1 })),
    {
      label: 'from',
      text: fixed?.since ?? '',
      about: '15m, 1h30m (ago), 10:00 of a day: 2026-11-21 10:00, RFC 3339',
      group: 2,
    },
    { label: 'to', text: fixed?.until ?? '', about: 'likewise; empty: now', group: 2 },
  ];
}

/** @returns the line of the range that is in force */
function lineOf(range: TimeRange): number {
  if (range.kind === 'live') return 0;
  const at = range.until === undefined ? lengths.findIndex(([length]) => length === range.since) : -1;
  return at < 0 ? FROM : at + 1;
}

/** @returns what is wrong, the field first */
function faultText(error: unknown): string {
  if (error instanceof FilterError) {
    const field = error.field === 'since' ? 'from' : 'to';
    return `${field}: ${JSON.stringify(error.value)} ${error.problem}; use ${error.allowed}`;
  }
  if (error instanceof CliError) return 'to: it is not after from';
  throw error;
}

function between(from: string, to: string, nowMs: number): Chosen {
  const [since, until] = [from.trim(), to.trim()].map((text) => (text === '' ? undefined : text));
  if (since === undefined && until === undefined)
    return { fault: 'from: give a time, such as 15m or 2026-11-21 10:00' };
  try {
    timeQuery({ since, until }, nowMs * 1000);
  } catch (error) {
    return { fault: faultText(error) };
  }
  return { do: [{ type: 'range', range: { kind: 'fixed', since, until } }] };
}

/** Which time is looked at: live, the last so long, or from one time to another. */
export function rangeForm(parts: UiParts): Form {
  const { range } = parts.state();
  const choose = (at: number, texts: readonly string[]): Chosen => {
    if (at === 0) return { do: [{ type: 'range', range: live }] };
    const length = lengths[at - 1];
    if (!length) return between(texts[FROM] ?? '', texts[TO] ?? '', parts.now());
    return { do: [{ type: 'range', range: { kind: 'fixed', since: length[0], until: undefined } }] };
  };
  return new LinesForm('Time', linesOf(range), parts, choose, lineOf(range));
}
