import { type Clock } from '../../format/clock.js';
import { type Names, numeric } from '../../format/names.js';
import { decision, details, endpoint, outcome, protocol } from '../../format/packet.js';
import { type Paint } from '../../format/paint.js';
import { type TextRow } from '../../format/printable.js';
import { cut, padded, widthOf } from '../../format/width.js';
import { type Entry } from '../model/entry.js';

export interface LineParts {
  readonly clock: Clock;
  readonly paint: Paint;
  readonly names: Names;
}

const shortFates: Readonly<Record<string, string>> = {
  ACCEPTED: 'ACC',
  DROPPED: 'DROP',
  REJECTED: 'REJ',
  QUEUED: 'QUE',
  STOLEN: 'STOL',
  UNKNOWN: '?',
};

/** From here on there is room for microseconds, and the rule. */
const ROOMY = 90;
/** Below it is only told what became of packets to whom. */
const SLIM = 40;
const COUNT = { roomy: 6, narrow: 4 };

/** @returns the sender without its port: of several packets each may have another */
function sender(row: TextRow, several: boolean, names: Names): string {
  return several ? endpoint({ ...row, sport: '', dport: '' }, 'src', names) : endpoint(row, 'src', names);
}

const protocolText = (row: TextRow, names: Names): string =>
  [protocol(row, names), details(row)].filter((part) => part !== '').join(' ');

/** @returns `10.0.0.2→10.0.1.2:443 tcp`: where there is no room for all it is the sender that is cut */
function narrowWho(row: TextRow, width: number): string {
  const to = endpoint(row, 'dst');
  const from = sender(row, true, numeric);
  const room = Math.max(6, width - widthOf(to) - 1);
  const pair = `${cut(from, room)}→${to}`;
  const what = protocolText(row, numeric);
  return widthOf(pair) + widthOf(what) < width ? `${pair} ${what}` : pair;
}

/** @returns `×12`, `×3k` */
function countText(count: number, width: number): string {
  if (count === 1) return '';
  const text = `×${count}`;
  return text.length <= width ? text : `×${Math.floor(count / 1000)}k`;
}

/** @returns `DROP ×12 →10.0.1.2:443` */
function slimLine({ row, count }: Pick<Entry, 'row' | 'count'>, width: number, paint: Paint): string {
  const word = outcome(row);
  const fate = paint.outcome(padded(shortFates[word] ?? word, 4), word);
  const times = padded(countText(count, COUNT.narrow), COUNT.narrow, true);
  return `${fate} ${times} ${padded(`→${endpoint(row, 'dst')}`, width - COUNT.narrow - 6)}`;
}

/** @returns a line of the list on exactly so many cells, with colours */
export function packetLine({ row, count }: Entry, width: number, { clock, paint, names }: LineParts): string {
  if (width < SLIM) return slimLine({ row, count }, width, paint);
  const roomy = width >= ROOMY;
  const time = clock.show(row.ts);
  const shownTime = roomy ? time : time.replace(/\.\d{6}/, '');
  const word = outcome(row);
  const fate = padded(roomy ? word : (shortFates[word] ?? word), roomy ? 8 : 4);
  const counts = roomy ? COUNT.roomy : COUNT.narrow;
  const times = padded(countText(count, counts), counts, true);
  const rest = width - widthOf(shownTime) - widthOf(fate) - counts - 3;
  if (!roomy)
    return `${paint.dim(shownTime)} ${paint.outcome(fate, word)} ${times} ${padded(narrowWho(row, rest), rest)}`;
  const from = sender(row, count > 1, names);
  const text = `${row.agent_id} ${from} -> ${endpoint(row, 'dst', names)} ${protocolText(row, names)}`;
  const rule = rest - widthOf(text) > 12 ? ` ${paint.dim(cut(decision(row), rest - widthOf(text) - 1))}` : '';
  const filled = rule === '' ? padded(text, rest) : text + rule;
  return `${paint.dim(shownTime)} ${paint.outcome(fate, word)} ${times} ${filled}`;
}
