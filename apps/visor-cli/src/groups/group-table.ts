import { type Clock } from '../format/clock.js';
import { type Paint } from '../format/paint.js';
import { printable } from '../format/printable.js';
import { type GroupRow, type Groups } from './answer.js';
import { type Cell, metricKind, scaledMetric } from './metric.js';
import { textTable, type TextCell, type TextColumn } from './text-table.js';
import { shareText } from './units.js';

export interface GroupTableOptions {
  readonly clock: Clock;
  readonly paint: Paint;
  /** Characters a line may have; Infinity where it is no terminal. */
  readonly width: number;
  /** Numbers as they are instead of k, M, MiB. */
  readonly exact: boolean;
}

/** A column of the table, and its cells: of a row, of `others`, of `total`. */
interface Column extends TextColumn {
  readonly cells: readonly TextCell[];
}

/** How key columns may be narrowed. */
const MIN_KEY = 8;

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

function keyColumn(name: string, groups: Groups, options: GroupTableOptions, first: boolean): Column {
  const label = (text: string): TextCell => ({ text: first ? text : '' });
  const numbers = groups.rows.some((row) => typeof row[name] === 'number');
  return {
    title: name.toUpperCase(),
    right: numbers && !first,
    min: Math.max(Math.min(name.length, MIN_KEY), first ? 6 : 3),
    cells: [
      ...groups.rows.map((row) => keyCell(name, row, options)),
      ...(groups.others ? [label('others')] : []),
      label('total'),
    ],
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
  return { title: name.toUpperCase(), right: true, cells };
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
    paint: (shown) => paint.dim(shown),
  }));
  return { title: '%', right: true, cells };
}

/** Of a count and its rate the shares are the same: one of them has it. */
function hasShare(name: string, { metrics, keys }: Groups): boolean {
  if (keys.length === 0 || !metricKind(name).additive) return false;
  return !name.endsWith('/s') || !metrics.includes(name.slice(0, -2));
}

/**
 * @returns the groups as aligned columns, metrics with their share of the total; then all others, and the total of all
 * that was asked for, whatever is shown of it
 */
export function groupTable(groups: Groups, options: GroupTableOptions): string {
  const { keys, metrics, rows } = groups;
  const columns = [
    ...keys.map((name, at) => keyColumn(name, groups, options, at === 0)),
    ...metrics.flatMap((name) => [
      metricColumn(name, groups, options),
      ...(hasShare(name, groups) ? [shareColumn(name, groups, options)] : []),
    ]),
  ];
  const height = columns[0]?.cells.length ?? 0;
  const cells = Array.from({ length: height }, (_, at) =>
    columns.map((column) => column.cells[at] ?? { text: '' }),
  );
  const { head, lines: shown, rule } = textTable(columns, cells, options.width);
  const { dim } = options.paint;
  const body = keys.length === 0 ? shown.slice(-1) : shown;
  const groupsEnd = keys.length === 0 ? 0 : rows.length;
  const tail = body.slice(groupsEnd);
  const ruled = keys.length === 0 || tail.length === 0 ? [] : [dim(rule)];
  const text = [dim(head), ...body.slice(0, groupsEnd), ...ruled, ...tail];
  return text.map((line) => `${line}\n`).join('');
}
