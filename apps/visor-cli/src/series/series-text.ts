import { type Query, type SeriesList } from '#api-client';
import { type Clock } from '../format/clock.js';
import { type Paint } from '../format/paint.js';
import { printable } from '../format/printable.js';
import { padded } from '../format/width.js';
import { footer } from '../groups/footer.js';
import { metricKind, metricText } from '../groups/metric.js';
import { textTable, type TextCell } from '../groups/text-table.js';
import { shareText } from '../groups/units.js';
import { type Axis, timeAxis } from './axis.js';
import { chartLines, heights, type Ink, type Points, roundedUp, signOf } from './chart.js';

/** Characters at the left, for the scale. */
const SCALE = 10;
export const PLOT_MARGIN = SCALE + 2;

export interface SeriesOptions {
  readonly clock: () => Clock;
  readonly paint: Paint;
  /** Characters the chart may be wide. */
  readonly plot: number;
  readonly width: number;
  readonly height: number;
}

interface Drawn {
  readonly name: string;
  readonly paint: (text: string) => string;
  readonly points: Points;
  readonly total: number | null;
}

/** @returns the series that are drawn, others last */
function drawn(answer: SeriesList, metric: string, paint: Paint): Drawn[] {
  const { by, series, others } = answer;
  const all = [...series, ...(others ? [others] : [])];
  return all.map((one, at) => {
    const value = printable(String(one.value ?? ''));
    const rest = by !== undefined && one.value === undefined;
    const name = by === undefined ? metric : rest ? 'others' : value || (by === 'rule' ? 'policy' : '-');
    const fate = by === 'fate' && !rest ? value.toUpperCase() : undefined;
    const number = (cell: unknown): number | null => (typeof cell === 'number' ? cell : null);
    return {
      name,
      paint: (text) => (fate === undefined ? paint.nth(text, at) : paint.outcome(text, fate)),
      points: (one.points[metric] ?? []).map(number),
      total: number(one.total[metric]),
    };
  });
}

/** @returns the buckets joined, where there are more than columns: each column has that of them that is highest */
function squeezed(
  series: readonly Drawn[],
  stacked: boolean,
  columns: number,
): { series: Drawn[]; joined: number } {
  const count = series[0]?.points.length ?? 0;
  const joined = Math.ceil(count / columns);
  if (joined <= 1) return { series: [...series], joined: 1 };
  const high = heights(
    series.map(({ points }) => points),
    stacked,
  );
  const places = Array.from({ length: Math.ceil(count / joined) }, (_, column) => {
    const candidates = high.slice(column * joined, (column + 1) * joined);
    return column * joined + candidates.indexOf(Math.max(...candidates));
  });
  return {
    series: series.map((one) => ({ ...one, points: places.map((at) => one.points[at] ?? null) })),
    joined,
  };
}

/** @returns what the number of the whole time is: of rates it is their mean */
function whole(metric: string): string {
  if (metric.endsWith('/s')) return 'MEAN';
  return metricKind(metric).additive ? 'TOTAL' : 'ALL';
}

function legend(all: readonly Drawn[], metric: string, stacked: boolean, ink: Ink, width: number): string[] {
  const { additive } = metricKind(metric);
  const sum = all.reduce((so_far, { total }) => so_far + (total ?? 0), 0);
  const rows = all.map(({ name, points, total }, at): TextCell[] => {
    const known = points.filter((value) => value !== null);
    return [
      { text: '█', paint: () => signOf(at, { count: all.length, stacked }, ink) },
      { text: name },
      { text: metricText(metric, known.length === 0 ? null : Math.max(...known)) },
      { text: metricText(metric, total) },
      { text: additive ? shareText(total ?? 0, sum) : '' },
    ];
  });
  const columns = [
    { title: '' },
    { title: '', min: 8 },
    { title: 'MAX', right: true },
    { title: whole(metric), right: true },
    ...(additive && all.length > 1 ? [{ title: '%', right: true }] : []),
  ];
  const { head, lines } = textTable(columns, rows, width - PLOT_MARGIN);
  return [head, ...lines].map((line) => `${' '.repeat(PLOT_MARGIN)}${line}`);
}

function scaleText(line: number, rows: number, top: number, metric: string): string {
  if (line === 0) return metricText(metric, top);
  const middle = Math.floor(rows / 2);
  if (line !== middle || rows < 6) return '';
  return metricText(metric, (top * (rows - middle)) / rows);
}

function chart(answer: SeriesList, metric: string, options: SeriesOptions): string[] {
  const { paint, plot, height, clock } = options;
  const all = drawn(answer, metric, paint);
  const stacked = metricKind(metric).additive || all.length === 1;
  const { series, joined } = squeezed(all, stacked, plot);
  const columns = series[0]?.points.length ?? 0;
  const scale = Math.max(1, Math.floor(plot / Math.max(columns, 1)));
  const points = series.map((one) => one.points);
  const highest = Math.max(0, ...heights(points, stacked));
  const top = roundedUp(highest, metricKind(metric).unit === 'bytes' ? 2 : 10);
  const ink: Ink = {
    colored: paint.dim('x') !== 'x',
    color: (text, at) => all[at]?.paint(text) ?? text,
  };
  const lines = chartLines(points, stacked, { rows: height, scale, top }, ink);
  const axis: Axis = { times: answer.times.filter((_, at) => at % joined === 0), scale, clock: clock() };
  const what = `${metric}${answer.by === undefined ? '' : ` by ${answer.by}`}`;
  const each = joined > 1 ? `; a column is the highest of ${joined}` : '';
  const { ticks, labels } = timeAxis(axis);
  const left = (text: string): string => `${padded(text, SCALE, true)} `;
  return [
    `${what}  ${paint.dim(`in steps of ${answer.bucket}${each}`)}`,
    ...lines.map(
      (line, at) => `${paint.dim(`${left(scaleText(at, height, top, metric))}│`)}${line.trimEnd()}`,
    ),
    paint.dim(`${left(metricText(metric, 0))}└${ticks}`),
    paint.dim(`${' '.repeat(PLOT_MARGIN)}${labels}`.trimEnd()),
    ...legend(all, metric, stacked, ink, options.width),
    '',
  ];
}

/** @returns a chart of each metric with its legend, and what was looked at */
export function seriesText(answer: SeriesList, query: Query, options: SeriesOptions): string {
  const metrics = Object.keys((answer.series[0] ?? answer.others)?.points ?? {});
  const lines = metrics.flatMap((metric) => chart(answer, metric, options));
  const told = footer(answer, query, {}, { clock: options.clock(), paint: options.paint });
  return lines.map((line) => `${line}\n`).join('') + told;
}
