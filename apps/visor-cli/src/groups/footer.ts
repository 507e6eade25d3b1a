import { type Aggregate, type Query } from '#api-client';
import { isFilterParameter } from '#filter';
import { type Clock } from '../format/clock.js';
import { type Paint } from '../format/paint.js';
import { printable } from '../format/printable.js';
import { countText, durationText } from './units.js';

/** What an answer says about itself. */
export type Told = Pick<Aggregate, 'searched' | 'source'>;

const list = (value: string | readonly string[]): string =>
  typeof value === 'string' ? value : value.join(',');

/** @returns the conditions that were asked with: `dport=443 fate=dropped,rejected` */
function filterText(query: Query): string {
  return Object.entries(query)
    .filter(([name]) => name === 'query' || isFilterParameter(name))
    .map(([name, value]) => (name === 'query' ? list(value) : `${name}=${list(value)}`))
    .join(' ');
}

/** @returns which time was looked at, and how long it is: `between 13:03:11 and 14:03:11 (1h)` */
export function timeSpan({ searched }: Told, clock: Clock): string {
  const { since, until } = searched;
  if (!since || !until) return 'all that is kept';
  const length = (Date.parse(until) - Date.parse(since)) * 1000;
  return `${clock.span(since, until)} (${durationText(length)})`;
}

/** @returns `read 12.3 k rows of flows_1m in 17 ms` */
function timing({ searched, source }: Told): string {
  const { rows_read: read, elapsed_ms: ms } = searched;
  return `${countText(read)} ${read === 1 ? 'row' : 'rows'} of ${source} read in ${durationText(ms * 1000)}`;
}

/** @returns lines under an answer: which time, which filter, what is shown of it, what it cost; aligned, dim */
export function footer(
  told: Told,
  query: Query,
  shown: Readonly<Record<string, string>>,
  { clock, paint }: { readonly clock: Clock; readonly paint: Paint },
): string {
  const filter = filterText(query);
  const facts: Record<string, string> = {
    time: timeSpan(told, clock),
    ...(filter !== '' && { filter }),
    ...shown,
    cost: timing(told),
  };
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  return Object.entries(facts)
    .map(([name, text]) => `${paint.dim(printable(`${name.padEnd(width)}  ${text}`))}\n`)
    .join('');
}
