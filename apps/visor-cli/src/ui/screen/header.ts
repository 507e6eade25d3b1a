import { fit } from './styled.js';
import { quoted } from './quoted.js';
import { type UiParts } from '../contracts.js';
import { type Connection, type Second, type UiState } from '../model/state.js';
import { printable } from '../../format/printable.js';
import { bytesText, countText } from '../../groups/units.js';
import { widthOf } from '../../format/width.js';

/** Rates are of so many seconds. */
const RATE_S = 5;

/** A light, and what it means. */
function light(
  connection: Connection,
  { paint, now }: Pick<UiParts, 'paint' | 'now'>,
  isLive: boolean,
): string {
  switch (connection.kind) {
    case 'connecting':
      return paint.outcome('● connecting', 'REJECTED');
    case 'connected':
      return paint.added('● live');
    case 'nats-away':
      return paint.outcome('● the hub has lost NATS', 'REJECTED');
    case 'reconnecting': {
      const s = Math.max(0, Math.ceil((connection.retryAtMs - now()) / 1000));
      return paint.outcome(`● reconnecting in ${s} s`, 'REJECTED');
    }
    case 'ended':
      return paint.added(isLive ? '● over' : '● complete');
    case 'failed':
      return paint.loss('● failed');
  }
}

/** @returns `fate=dropped dport=80,443`, `(dport == 80)`, `none` */
export function filterText({ filter }: Pick<UiState, 'filter'>): string {
  const parts = Object.entries(filter.columns).map(([name, values]) => `${name}=${quoted(values.join(','))}`);
  if (filter.query !== '') parts.push(`(${filter.query})`);
  return parts.length === 0 ? 'none' : printable(parts.join(' '));
}

export function rangeText({ range }: Pick<UiState, 'range'>): string {
  if (range.kind === 'live')
    return range.since === undefined ? 'live' : printable(`live since ${range.since}`);
  const until = range.until === undefined ? '' : ` until ${range.until}`;
  return printable(range.since === undefined ? `all${until}` : `since ${range.since}${until}`);
}

interface Rates {
  readonly packets: number;
  readonly drops: number;
  readonly bytes: number;
}

/** @returns what came in a second, on the mean of the last five */
export function ratesOf(seconds: readonly Second[]): Rates {
  const last = seconds.slice(-RATE_S);
  const mean = (of: (second: Second) => number): number =>
    last.length === 0 ? 0 : last.reduce((sum, second) => sum + of(second), 0) / last.length;
  return { packets: mean((s) => s.packets), drops: mean((s) => s.drops), bytes: mean((s) => s.bytes) };
}

const rate = (value: number): string =>
  countText(value < 100 ? Math.round(value * 10) / 10 : Math.round(value));

function lostText({ events, rows, unknown }: UiState['missing']): string {
  const parts = [
    ...(events > 0 ? [`${events} events lost`] : []),
    ...(rows > 0 ? [`${rows} rows missing`] : []),
    ...(unknown ? ['more missing'] : []),
  ];
  return parts.join(', ');
}

/** @returns the two lines at the top */
export function headerLines(state: UiState, width: number, parts: Pick<UiParts, 'paint' | 'now'>): string[] {
  const { paint } = parts;
  const isLive = state.range.kind === 'live';
  const first = [`Visor ${state.hub}`, light(state.connection, parts, isLive), rangeText(state)].join('  ');
  const { packets, drops, bytes } = ratesOf(state.seconds);
  const rates = `${rate(packets)}/s  ${rate(drops)} drops/s  ${bytesText(Math.round(bytes))}/s`;
  const total = `${countText(state.counts.packets)} packets, ${countText(state.counts.drops)} dropped`;
  const lost = lostText(state.missing);
  const held = state.held === undefined ? [] : [paint.outcome(`PAUSED, ${state.held} held back`, 'REJECTED')];
  const numbers = [
    ...held,
    ...(isLive ? [rates] : []),
    total,
    lost === '' ? paint.dim('no losses') : paint.loss(lost),
  ].join('  ');
  const filter = `filter: ${filterText(state)}`;
  const room = width - widthOf(first) - 2;
  const top = room >= 12 ? `${first}  ${fit(filter, room)}` : first;
  return [fit(top, width), fit(numbers, width)];
}
