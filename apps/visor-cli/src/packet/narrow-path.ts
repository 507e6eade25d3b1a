import { outcome } from '../format/packet.js';
import { type Names } from '../format/names.js';
import { type Paint } from '../format/paint.js';
import { type TextRow } from '../format/printable.js';
import { type Piece, wrapped } from '../format/wrap.js';
import { interfaces } from './headers.js';
import { changes, MARK, pieces } from './hop-pieces.js';
import { type Step, stepsOf } from './path.js';
import { placeOf } from './rule.js';

export interface NarrowOptions {
  readonly paint: Paint;
  readonly width: number;
  readonly names?: Names;
}

/** The mark, the hop's number, a space. */
const MARGIN = 4;
const HANG = 2;

function hookLines(
  { row }: Step,
  before: TextRow | undefined,
  { paint, width, names }: NarrowOptions,
): string[] {
  const facts = [interfaces(row), ...changes(row, before, names)];
  const dim = facts.map((text): Piece => ({ text, paint: (shown) => paint.dim(shown) }));
  return wrapped([{ text: row.hook || 'unknown hook' }, ...dim], width, { hang: HANG });
}

function hopLines({ row, depth }: Step, { paint, width }: NarrowOptions): string[] {
  const word = outcome(row);
  const mark = row.decisive === 'true' ? paint.outcome(MARK, word) : ' ';
  const indent = ' '.repeat(depth);
  const told: Piece[] = [{ text: word, paint: (shown) => paint.outcome(shown, word) }, ...pieces(row, paint)];
  const lines = wrapped(told, width - MARGIN - depth, { gap: 1, hang: HANG });
  const start = `${mark}${paint.dim(row.hop.padStart(2))} ${indent}`;
  return lines.map((line, at) => (at === 0 ? start : ' '.repeat(MARGIN + depth)) + line);
}

/** @returns the way of a packet in short lines: hooks at the left, chains by one, hops and their rules behind a number */
export function narrowPathLines(rows: readonly TextRow[], options: NarrowOptions): string[] {
  return stepsOf(rows).flatMap((step, at) => {
    const { row, depth, missing, entersHook, entersChain } = step;
    const gap = missing === 1 ? '1 hop is missing here' : `${missing} hops are missing here`;
    return [
      ...(missing > 0 ? [options.paint.loss(gap)] : []),
      ...(entersHook ? hookLines(step, rows[at - 1], options) : []),
      ...(entersChain ? [`${' '.repeat(1 + depth)}${placeOf(row)}`] : []),
      ...hopLines(step, options),
    ];
  });
}
