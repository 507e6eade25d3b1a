import { type Clock } from '../format/clock.js';
import { widthOf } from '../format/width.js';

export interface Axis {
  /** When each column begins. */
  readonly times: readonly string[];
  /** Characters a column is wide. */
  readonly scale: number;
  readonly clock: Clock;
}

/** Between two labels at least. */
const GAP = 3;

/** @returns a time as short as it can be: `14:03`, `14:03:10`; the date where it is midnight */
function shortest(shown: string): string {
  const [, day, hour = '', second = ''] =
    /^(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d):(\d\d)\.0+Z?$/.exec(shown) ?? [];
  if (hour === '') return shown.replace(/\.0+(?!\d)/, '');
  if (day !== undefined && hour === '00:00' && second === '00') return day;
  return second === '00' ? hour : `${hour}:${second}`;
}

/** Lengths between two labels, s: those that people count time in. */
const steps_s = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800,
];

/** @returns the line under a chart with a mark at each time that is told, and the line of these times */
export function timeAxis({ times, scale, clock }: Axis): { ticks: string; labels: string } {
  const starts_s = times.map((time) => Date.parse(time) / 1000);
  const bucket_s = Math.max((starts_s[1] ?? 0) - (starts_s[0] ?? 0), 1);
  const texts = times.map((time) => shortest(clock.show(time)));
  const needed_s = ((Math.max(1, ...texts.map(widthOf)) + GAP) / scale) * bucket_s;
  const step_s =
    steps_s.find((one) => one >= needed_s && one % bucket_s === 0) ??
    Math.ceil(needed_s / bucket_s) * bucket_s;
  let ticks = '';
  let labels = '';
  for (const [at, text] of texts.entries()) {
    const marked = (starts_s[at] ?? 0) % step_s < bucket_s;
    ticks += (marked ? '┬' : '─') + '─'.repeat(scale - 1);
    const room = at * scale + widthOf(text) <= times.length * scale && labels.length <= at * scale;
    if (marked && room) labels = labels.padEnd(at * scale) + text;
  }
  return { ticks, labels };
}
