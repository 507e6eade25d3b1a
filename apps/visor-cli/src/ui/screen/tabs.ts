import { type Panel } from '../contracts.js';
import { type PanelName } from '../model/state.js';
import { widthOf } from '../../format/width.js';
import { fit } from './styled.js';

/** A tab's place in the line of titles, in cells from the panel's left edge. */
export interface Tab {
  readonly name: PanelName;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** @returns the tabs, their titles shortened where there is no room for all */
export function tabsOf(panels: readonly Panel[], width: number): Tab[] {
  const whole = panels.reduce((sum, { title }) => sum + widthOf(title) + 2, 0);
  const longest = whole <= width ? Infinity : Math.max(2, Math.floor(width / panels.length) - 2);
  let at = 0;
  return panels.map(({ name, title }) => {
    const text = ` ${title.slice(0, longest)} `;
    const from = at;
    at += widthOf(text);
    return { name, text, from, to: at };
  });
}

export function tabLine(tabs: readonly Tab[], active: PanelName, width: number): string {
  const line = tabs.map(({ name, text }) => (name === active ? `[${text.trim()}]` : text)).join('');
  return fit(line, width);
}
