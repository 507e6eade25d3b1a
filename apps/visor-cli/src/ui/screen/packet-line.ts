import { type Clock } from '../../format/clock.js';
import { type Names } from '../../format/names.js';
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
const COUNT = 6;

/** @returns the sender without its port: of several packets each may have another */
function sender(row: TextRow, names: Names): string {
  return endpoint({ ...row, sport: '', dport: '' }, 'src', names);
}

/** @returns `10.0.0.2 -> 10.0.1.2:443(https) tcp SYN` */
function who(row: TextRow, several: boolean, names: Names): string {
  const from = several ? sender(row, names) : endpoint(row, 'src', names);
  const what = [protocol(row, names), details(row)].filter((part) => part !== '').join(' ');
  return `${from} -> ${endpoint(row, 'dst', names)} ${what}`;
}

const countText = (count: number): string => (count === 1 ? '' : `×${count < 100_000 ? count : '99999+'}`);

/** @returns a line of the list on exactly so many cells, with colours */
export function packetLine({ row, count }: Entry, width: number, { clock, paint, names }: LineParts): string {
  const roomy = width >= ROOMY;
  const time = clock.show(row.ts);
  const shownTime = roomy ? time : time.replace(/\.\d{6}/, '');
  const word = outcome(row);
  const fate = padded(roomy ? word : (shortFates[word] ?? word), roomy ? 8 : 4);
  const times = padded(countText(count), COUNT, true);
  const rest = width - widthOf(shownTime) - widthOf(fate) - COUNT - 3;
  const agent = roomy ? `${row.agent_id} ` : '';
  const text = agent + who(row, count > 1 || !roomy, names);
  const rule = rest - widthOf(text) > 12 ? ` ${paint.dim(cut(decision(row), rest - widthOf(text) - 1))}` : '';
  const filled = rule === '' ? padded(text, rest) : text + rule;
  return `${paint.dim(shownTime)} ${paint.outcome(fate, word)} ${times} ${filled}`;
}
