import { fit } from './styled.js';
import { type KeyHint, type UiParts } from '../contracts.js';
import { widthOf } from '../../format/width.js';
import { type UiState } from '../model/state.js';

export interface FooterHint extends KeyHint {
  readonly from: number;
  readonly to: number;
}

/** @returns the hints for which there is room, and where each stands */
export function placedHints(hints: readonly KeyHint[], width: number): FooterHint[] {
  const placed: FooterHint[] = [];
  let at = 1;
  for (const hint of hints) {
    const length = widthOf(`${hint.key} ${hint.does}`);
    if (at + length > width) break;
    placed.push({ ...hint, from: at, to: at + length });
    at += length + 2;
  }
  return placed;
}

/** @returns what is to be told, else the keys that work now */
export function footerLine(
  { message }: Pick<UiState, 'message'>,
  hints: readonly FooterHint[],
  width: number,
  { paint }: Pick<UiParts, 'paint'>,
): string {
  if (message) return fit(` ${message.isError ? paint.loss(message.text) : message.text}`, width);
  return fit(` ${hints.map(({ key, does }) => `${key} ${paint.dim(does)}`).join('  ')}`, width);
}
