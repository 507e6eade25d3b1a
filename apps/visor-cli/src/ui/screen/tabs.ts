import { fit } from './styled.js';
import { type Panel } from '../contracts.js';
import { type PanelName } from '../model/state.js';
import { widthOf } from '../../format/width.js';

/** A tab's place in the line of titles, in cells from the panel's left edge. */
export interface Tab {
  readonly name: PanelName;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

const FRAME = 2;

/** @returns the tabs; where there is no room for all titles only the active one is whole */
export function tabsOf(panels: readonly Panel[], active: PanelName, width: number): Tab[] {
  const whole = panels.reduce((sum, { title }) => sum + widthOf(title) + FRAME, 0);
  const kept = panels.find(({ name }) => name === active)?.title ?? '';
  const rest = width - widthOf(kept) - FRAME;
  const longest = whole <= width ? Infinity : Math.max(1, Math.floor(rest / (panels.length - 1)) - FRAME);
  let at = 0;
  return panels.map(({ name, title }) => {
    const text = ` ${name === active ? title : title.slice(0, longest)} `;
    const from = at;
    at += widthOf(text);
    return { name, text, from, to: at };
  });
}

export function tabLine(tabs: readonly Tab[], active: PanelName, width: number): string {
  const line = tabs.map(({ name, text }) => (name === active ? `[${text.trim()}]` : text)).join('');
  return fit(line, width);
}
