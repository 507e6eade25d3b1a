import { type Clock } from '../format/clock.js';
import { type Paint } from '../format/paint.js';
import { printable } from '../format/printable.js';
import { type GroupRow, type Groups } from './answer.js';
import { type Cell, metricKind, scaledMetric } from './metric.js';
import { leastWidth, textTable, type TextCell, type TextColumn } from './text-table.js';
import { shareText } from './units.js';

export interface GroupTableOptions {
  readonly clock: Clock;
  readonly paint: Paint;
  /** Characters a line may have; Infinity where it is no terminal. */
  readonly width: number;
  /** Numbers as they are instead of k, M, MiB. */
  readonly exact: boolean;
}

/** A column of the table, and its cells: of each row, of `others`, of `total`. */
interface Column extends TextColumn {
  readonly cells: readonly TextCell[];
  /** Whether it is left out where there is no room: a share goes first, then what was asked for last. */
  readonly spare: 'share' | 'metric' | undefined;
}

/** Keys are not cut off to less than so many characters. */
const MIN_KEY = 8;
const MIN_RULE = 16;

/** Keys that stand in one column where they follow each other: `inet filter input`. */
const places: readonly string[] = ['family', 'table', 'chain'];

/** @returns a key's value; what is not there is `-`, of a rule the chain's policy */
function keyCell(name: string, row: GroupRow, { clock, paint }: GroupTableOptions): TextCell {
  const value = row[name] ?? '';
  if (name === 'time' && typeof value === 'string') return { text: timeText(value, clock) };
  const text = printable(String(value));
  if (name === 'rule' && text === '') return { text: 'policy', paint: (shown) => paint.dim(shown) };
  if (text === '') return { text: '-', paint: (shown) => paint.dim(shown) };
  if (name === 'handle' && text === '0') return { text: '-', paint: (shown) => paint.dim(shown) };
  if (name === 'fate' || name === 'verdict') {
    return { text, paint: (shown) => paint.outcome(shown, text.toUpperCase()) };
  }
  return { text };
}

/** @returns a time of which a bucket's beginning has no fraction of a second */
export const timeText = (time: string, clock: Clock): string => clock.show(time).replace(/\.0+(?!\d)/, '');

/** @returns the keys, those of one column together */
function keyColumns(keys: readonly string[]): string[][] {
  const columns: string[][] = [];
  for (const name of keys) {
    const last = columns.at(-1);
    const follows = last && places.indexOf(last.at(-1) ?? '') >= 0 && places.includes(name);
    if (follows) last.push(name);
    else columns.push([name]);
  }
  return columns;
}

function joinedCell(names: readonly string[], row: GroupRow, options: GroupTableOptions): TextCell {
  const [name = ''] = names;
  if (names.length === 1) return keyCell(name, row, options);
  return { text: names.map((one) => keyCell(one, row, options).text).join(' ') };
}

function keyColumn(
  names: readonly string[],
  { rows, others }: Groups,
  options: GroupTableOptions,
  first: boolean,
): Column {
  const label = (text: string): TextCell => ({ text: first ? text : '' });
  const title = (names.at(-1) ?? '').toUpperCase();
  const shortest = title === 'RULE' ? MIN_RULE : Math.min(title.length, MIN_KEY);
  return {
    title,
    right: !first && rows.some((row) => names.some((name) => typeof row[name] === 'number')),
    min: Math.max(shortest, names.length > 1 ? 2 * MIN_KEY : 0, first ? 'others'.length : 0),
    cells: [
      ...rows.map((row) => joinedCell(names, row, options)),
      ...(others ? [label('others')] : []),
      label('total'),
    ],
    spare: undefined,
  };
}

/** The rows of metrics: those of groups, others, total. */
const lines = ({ rows, others, total }: Groups): GroupRow[] => [...rows, ...(others ? [others] : []), total];

function metricColumn(name: string, groups: Groups, options: GroupTableOptions): Column {
  const values = lines(groups).map((row) => row[name] ?? null);
  const scaled = values.map((value) =>
    typeof value === 'number' ? scaledMetric(name, value, options.exact) : undefined,
  );
  const unit = Math.max(0, ...scaled.map((one) => one?.unit.length ?? 0));
  const cells = values.map((value, at): TextCell => {
    const known = scaled[at];
    if (known) return { text: unit === 0 ? known.digits : `${known.digits} ${known.unit.padEnd(unit)}` };
    return otherCell(value, options);
  });
  return { title: name.toUpperCase(), right: true, cells, spare: 'metric' };
}

/** A metric that is no number: a time, a number of 64 bits, or nothing. */
function otherCell(value: Cell, { clock, paint }: GroupTableOptions): TextCell {
  if (value === null) return { text: '-', paint: (shown) => paint.dim(shown) };
  const text = String(value);
  return { text: printable(/^\d{4}-\d\d-\d\dT/.test(text) ? clock.show(text) : text) };
}

function shareColumn(name: string, groups: Groups, { paint }: GroupTableOptions): Column {
  const whole = Number(groups.total[name] ?? 0);
  const cells = lines(groups).map((row) => ({
    text: shareText(Number(row[name] ?? 0), whole),
    paint: (shown: string) => paint.dim(shown),
  }));
  return { title: '%', right: true, cells, spare: 'share' };
}

/** Of a count and its rate the shares are the same: one of them has it. */
function hasShare(name: string, { metrics, keys }: Groups): boolean {
  if (keys.length === 0 || !metricKind(name).additive) return false;
  return !name.endsWith('/s') || !metrics.includes(name.slice(0, -2));
}

/** @returns the columns that a line has room for; of metrics the first stays, and its share, whatever room there is */
function fitting(columns: readonly Column[], width: number): readonly Column[] {
  const spares = [
    ...columns
      .filter(({ spare }) => spare === 'share')
      .slice(1)
      .reverse(),
    ...columns
      .filter(({ spare }) => spare === 'metric')
      .slice(1)
      .reverse(),
  ];
  let shown = columns;
  for (const spare of spares) {
    if (leastWidth(shown) <= width) break;
    shown = shown.filter((column) => column !== spare);
  }
  return shown;
}

export interface GroupTable {
  readonly text: string;
  /** Metrics for which a line has no room. */
  readonly hidden: readonly string[];
}

/**
 * @returns the groups as aligned columns, metrics with their share of the total; then all others, and the total of all
 * that was asked for, whatever is shown of it
 */
export function groupTable(groups: Groups, options: GroupTableOptions): GroupTable {
  const { keys, metrics, rows } = groups;
  const all = [
    ...keyColumns(keys).map((names, at) => keyColumn(names, groups, options, at === 0)),
    ...metrics.flatMap((name) => [
      metricColumn(name, groups, options),
      ...(hasShare(name, groups) ? [shareColumn(name, groups, options)] : []),
    ]),
  ];
  const columns = fitting(all, options.width);
  const height = columns[0]?.cells.length ?? 0;
  const cells = Array.from({ length: height }, (_, at) =>
    columns.map((column) => column.cells[at] ?? { text: '' }),
  );
  const { head, lines: shown, rule } = textTable(columns, cells, options.width);
  const dim = (line: string): string => options.paint.dim(line);
  // Without keys all is one group, and the total the same.
  const single = keys.length === 0;
  const text = single
    ? [dim(head), ...shown.slice(-1)]
    : [dim(head), ...shown.slice(0, rows.length), dim(rule), ...shown.slice(rows.length)];
  return {
    text: text.map((line) => `${line}\n`).join(''),
    hidden: all
      .filter((column) => column.spare === 'metric' && !columns.includes(column))
      .map(({ title }) => title.toLowerCase()),
  };
}
