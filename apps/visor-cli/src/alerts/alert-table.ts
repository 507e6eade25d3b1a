import { type Alert } from '#api-client';
import { type Clock } from '../format/clock.js';
import { type Paint } from '../format/paint.js';
import { printable } from '../format/printable.js';
import { type TextCell, type TextColumn, textTable } from '../groups/text-table.js';
import { lengthText } from './parse-alert.js';

const columns: readonly TextColumn[] = [
  { title: 'STARTED' },
  { title: 'STATE' },
  { title: 'LASTED', right: true },
  { title: 'SEVERITY' },
  { title: 'RULE', min: 10 },
  { title: 'MESSAGE', min: 16 },
];
/** By which `alerts show` finds it. */
const idColumn: TextColumn = { title: 'ID' };

export interface AlertTableOptions {
  readonly clock: Clock;
  readonly paint: Paint;
  /** Characters a line may have. */
  readonly width: number;
  /** ms since 1970 */
  readonly now: number;
  /** Whether each has its id; those of a test have none that is kept. */
  readonly ids: boolean;
}

/** @returns a state with its colour */
export const stateCell = ({ state, silenced }: Alert, paint: Paint): TextCell => ({
  text: printable(silenced ? `${state} (silenced)` : state),
  ...(state === 'firing' && { paint: (shown) => (silenced ? paint.dim(shown) : paint.loss(shown)) }),
});

/** @returns alerts as aligned columns under a header; rules and messages are cut off where a line is too long */
export function alertTable(
  alerts: readonly Alert[],
  { clock, paint, width, now, ids }: AlertTableOptions,
): string {
  const rows = alerts.map((alert): TextCell[] => [
    { text: clock.show(alert.started_at) },
    stateCell(alert, paint),
    { text: lengthText(alert, now) },
    { text: printable(alert.severity) },
    { text: printable(alert.rule) },
    { text: printable(alert.message) },
    ...(ids ? [{ text: printable(alert.id) }] : []),
  ]);
  const { head, lines } = textTable(ids ? [...columns, idColumn] : columns, rows, width);
  return [paint.dim(head), ...lines].map((line) => `${line}\n`).join('');
}
