import { fit, inverse, plainText } from './styled.js';
import { type Lines, type Panel, type Size } from '../contracts.js';
import { type UiState } from '../model/state.js';

/** What of a panel is on the screen. */
export interface PanelWindow {
  readonly lines: readonly string[];
  readonly cursor: number;
  readonly top: number;
  readonly length: number;
}

const clamp = (value: number, max: number): number => Math.max(0, Math.min(value, max));

/** @returns where a panel is scrolled to: where a person has, else to the line that matters, in the middle */
function placeIn(
  panel: Panel,
  state: UiState,
  { width, height }: Size,
  lines: Lines,
  focused: boolean,
): PanelWindow {
  const last = Math.max(0, lines.length - 1);
  const place = state.places[panel.name];
  const mark = panel.mark?.({ state, width, height, focused, cursor: place.cursor });
  const cursor = clamp(place.moved ? place.cursor : (mark ?? 0), last);
  const wanted = place.moved ? place.top : mark === undefined ? 0 : cursor - Math.floor(height / 2);
  // The cursor is always on the screen.
  const near = Math.max(cursor - height + 1, Math.min(wanted, cursor));
  const top = clamp(near, Math.max(0, lines.length - height));
  return { lines: [], cursor, top, length: lines.length };
}

/** @returns the panel's lines as they stand on the screen */
export function panelWindow(panel: Panel, state: UiState, size: Size): PanelWindow {
  const { width, height } = size;
  const focused = state.focus === 'panel';
  const { cursor: asked } = state.places[panel.name];
  const lines = panel.lines({ state, width: width - 1, height, focused, cursor: asked });
  const place = placeIn(panel, state, { width: width - 1, height }, lines, focused);
  const shown = Array.from({ length: height }, (_, row) => {
    const at = place.top + row;
    const text = fit(at < lines.length ? (lines.at(at) ?? '') : '', width - 1);
    return focused && at === place.cursor ? ` ${inverse(plainText(text))}` : ` ${text}`;
  });
  return { ...place, lines: shown };
}

/** @returns the place after the cursor has moved by so many lines, ±Infinity: to the end */
export function movedPlace(
  window: PanelWindow,
  lines: number,
  height: number,
): { readonly cursor: number; readonly top: number } {
  const cursor = clamp(window.cursor + lines, Math.max(0, window.length - 1));
  const top = Math.max(cursor - height + 1, Math.min(window.top, cursor));
  return { cursor, top: Math.max(0, top) };
}
