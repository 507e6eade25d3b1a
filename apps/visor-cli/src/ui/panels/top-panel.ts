import { type Query } from '#api-client';
import { type ColumnName, findColumn, flagName } from '#columns';
import { filterQuery } from '../../filters/filter-query.js';
import { printable } from '../../format/printable.js';
import { cut, padded, widthOf } from '../../format/width.js';
import { type GroupRow, type Groups, groupsOf } from '../../groups/answer.js';
import { topQuery, type TopSubject, topSubjects } from '../../groups/top.js';
import { metricText } from '../../groups/metric.js';
import { countText, shareText } from '../../groups/units.js';
import { type ColumnValue, type Lines, type Panel, type PanelProps, type UiParts } from '../contracts.js';
import { timesOf } from '../feed/query.js';
import { type Action } from '../model/actions.js';
import { flagValue, withValue } from '../model/add-value.js';
import { filterValues } from '../model/filter-state.js';
import { type UiState } from '../model/state.js';
import { Poll } from './answers.js';

const EVERY_MS = 5000;
/** Groups of each list; asked for once, so that a higher window has more to show at once. */
const MOST = 10;
const LEAST = 3;
/** The head, the total, an empty line. */
const OTHER_LINES = 3;
const NUMBER = 8;
const SHARE = 6;

interface List {
  readonly subject: TopSubject;
  readonly title: string;
  readonly metric: 'packets' | 'drops';
  /** What else is told where there is room. */
  readonly more: 'bytes' | 'packets';
  /** The value of a line that + and - take. */
  readonly value: ColumnName;
}

const lists: readonly List[] = [
  { subject: 'talkers', title: 'senders', metric: 'packets', more: 'bytes', value: 'ip_src' },
  { subject: 'ports', title: 'ports', metric: 'packets', more: 'bytes', value: 'dport' },
  { subject: 'drops', title: 'rules that drop', metric: 'drops', more: 'packets', value: 'handle' },
  { subject: 'rules', title: 'rules that decide', metric: 'packets', more: 'bytes', value: 'handle' },
];

interface Line {
  readonly text: string;
  readonly list?: List;
  readonly row?: GroupRow;
}

type Tops = readonly Groups[];

/** Who and what has most packets and drops, of the time and with the filter that the list has. */
export class TopPanel implements Panel {
  readonly name = 'top';
  readonly title = 'Top';
  readonly #poll: Poll<Tops>;
  #shown: readonly Line[] = [];

  constructor(private readonly parts: UiParts) {
    this.#poll = new Poll(parts, EVERY_MS);
  }

  update({ filter, range, held }: UiState): void {
    const { client, now } = this.parts;
    // Who pauses looks at what there is.
    if (held !== undefined && this.#poll.value) return;
    this.#poll.update(JSON.stringify([filter, range]), async (signal) => {
      const asked = { ...filterQuery(filterValues(filter)), ...timesOf({ range }, now() * 1000) };
      const found: Groups[] = [];
      // One after the other: it is a help for the eye, and the hub has others to serve.
      for (const { subject } of lists) {
        const query: Query = { ...topQuery(subject, undefined, MOST), ...asked };
        found.push(groupsOf(await client.aggregate(query, signal), query));
      }
      return found;
    });
  }

  close(): void {
    this.#poll.close();
  }

  lines({ width, height }: PanelProps): Lines {
    const { value, fault } = this.#poll;
    const told: Line[] = fault === undefined ? [] : [{ text: this.parts.paint.loss(fault) }];
    const waiting = fault === undefined ? [{ text: 'asking the hub …' }] : [];
    this.#shown = [...told, ...(value ? this.#lists(value, width, height) : waiting)];
    return this.#shown.map(({ text }) => text);
  }

  #lists(tops: Tops, width: number, height: number): Line[] {
    const room = Math.floor(height / lists.length) - OTHER_LINES;
    const count = Math.min(Math.max(room, LEAST), MOST);
    return lists.flatMap((list, at) => {
      const groups = tops[at];
      return groups ? [...(at > 0 ? [{ text: '' }] : []), ...this.#list(list, groups, width, count)] : [];
    });
  }

  #list(list: List, { rows, total }: Groups, width: number, count: number): Line[] {
    const { dim } = this.parts.paint;
    const shown = rows.slice(0, count);
    const head = numbers(width, list.metric, list.more, '%');
    const titles = dim(padded(list.title, Math.max(width - widthOf(head), 0)) + head);
    if (shown.length === 0) return [{ text: titles }, { text: dim('none') }];
    return [
      { text: titles },
      ...shown.map((row) => ({ text: this.#group(list, row, total, width), list, row })),
      { text: dim(this.#group(list, total, total, width)) },
    ];
  }

  #group({ subject, metric, more }: List, row: GroupRow, total: GroupRow, width: number): string {
    const count = Number(row[metric] ?? 0);
    const tail = numbers(
      width,
      countText(count),
      metricText(more, row[more]),
      shareText(count, Number(total[metric] ?? 0)),
    );
    const room = Math.max(width - widthOf(tail) - 1, 1);
    const name = row === total ? 'total' : nameOf(subject, row);
    return `${padded(cut(name, room), room)} ${tail}`;
  }

  valueAt(line: number): ColumnValue | undefined {
    const { list, row } = this.#shown[line] ?? {};
    if (!list || !row) return undefined;
    return { column: list.value, value: flagValue(list.value, String(row[list.value] ?? '')) };
  }

  /** All that makes the group goes into the filter. */
  enter(line: number): readonly Action[] {
    const { list, row } = this.#shown[line] ?? {};
    if (!list || !row) return [];
    const { filter: before } = this.parts.state();
    const filter = topSubjects[list.subject].by
      .filter((name) => name !== 'rule')
      .reduce(
        (so_far, name) => withValue(so_far, name, flagValue(name, String(row[name] ?? '')), false),
        before,
      );
    const what = topSubjects[list.subject].by.map((name) => flagName(findColumn(name)?.name ?? name));
    return [
      { type: 'filter', filter },
      { type: 'message', text: `only this ${what.join(', ')}; f shows the filter` },
    ];
  }
}

/** @returns the numbers at a line's end: as many as there is room for */
function numbers(width: number, count: string, more: string, share: string): string {
  const cells = [padded(count, NUMBER, true), padded(share, SHARE, true)];
  return width < 56 ? cells.join('') : [cells[0], padded(more, NUMBER + 2, true), cells[1]].join('');
}

/** @returns what a group is of: `tcp 443`, `filter input 12 tcp dport 22 drop`, without what all have */
function nameOf(subject: TopSubject, row: GroupRow): string {
  const text = (name: string): string => printable(String(row[name] ?? ''));
  if (subject === 'talkers') return text('ip_src') || '-';
  if (subject === 'ports')
    return `${text('proto') || '-'} ${text('dport') === '0' ? '' : text('dport')}`.trimEnd();
  const rule = text('rule') === '' ? 'policy' : `${text('handle')} ${text('rule')}`;
  return [text('table'), text('chain'), rule].filter((part) => part !== '').join(' ');
}
