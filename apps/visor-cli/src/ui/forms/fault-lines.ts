import { type Paint } from '../../format/paint.js';
import { printable } from '../../format/printable.js';
import { wrapped } from '../../format/wrap.js';

/** @returns what is wrong on so many lines at most: a reason that is cut off is none */
export function faultLines(fault: string, width: number, most: number, paint: Paint): string[] {
  return wrapped([{ text: printable(fault), paint: (shown) => paint.loss(shown) }], width).slice(0, most);
}
