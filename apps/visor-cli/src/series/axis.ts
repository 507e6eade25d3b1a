import { type Clock } from '../format/clock.js';
import { widthOf } from '../groups/text-table.js';

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

/** @returns the line under a chart with a mark at each time that is told, and the line of these times */
export function timeAxis({ times, scale, clock }: Axis): { ticks: string; labels: string } {
  const texts = times.map((time) => shortest(clock.show(time)));
  const widest = Math.max(1, ...texts.map(widthOf));
  const every = roundSteps(Math.ceil((widest + GAP) / scale));
  let ticks = '';
  let labels = '';
  for (const [at, text] of texts.entries()) {
    const marked = at % every === 0;
    ticks += (marked ? '┬' : '─') + '─'.repeat(scale - 1);
    if (marked && at * scale + widthOf(text) <= times.length * scale)
      labels = labels.padEnd(at * scale) + text;
  }
  return { ticks, labels };
}

/** Steps that people count in. */
function roundSteps(least: number): number {
  return [1, 2, 5, 10, 15, 20, 30, 60].find((steps) => steps >= least) ?? least;
}
