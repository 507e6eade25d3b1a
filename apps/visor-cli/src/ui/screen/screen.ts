import { fit } from './styled.js';
import { type Form, type Forms, type Panel, type Size, type UiParts } from '../contracts.js';
import { type Action } from '../model/actions.js';
import { withValue } from '../model/add-value.js';
import { panelNames, selectedGroup, type UiState } from '../model/state.js';
import { formatFailure } from '../feed/failure.js';
import { fieldsOf, valueUnderCursor } from './fields.js';
import { footerLine, placedHints } from './footer.js';
import { withForm } from './form-view.js';
import { headerLines } from './header.js';
import { type Input, type MouseInput } from './input.js';
import { bindingOf, bindingOfShown, type Controls, footerHints, helpGroups } from './key-table.js';
import { type Layout, layoutOf, MIN_SIZE } from './layout.js';
import { ListView, listTitle } from './list-view.js';
import { movedPlace, panelWindow, type PanelWindow } from './panel-view.js';
import { tabLine, tabsOf } from './tabs.js';
import { type Frame } from './terminal.js';

const WHEEL_LINES = 3;
const ESC = '\u001b[';

export interface ScreenParts extends UiParts {
  readonly panels: readonly Panel[];
  readonly forms: Forms;
  readonly size: () => Size;
  readonly quit: () => void;
  readonly suspend: () => void;
}

/** What a person sees and does: frames out of the state, and keys and mouse into actions. */
export class Screen implements Controls {
  #form: Form | undefined;
  /** Which value of the list's line + and - take. */
  #field = 2;
  readonly #list: ListView;
  #window: PanelWindow = { lines: [], cursor: 0, top: 0, length: 0 };

  constructor(private readonly parts: ScreenParts) {
    this.#list = new ListView(parts);
  }

  readonly state = (): UiState => this.parts.state();

  frame(): Frame {
    const size = this.parts.size();
    const state = this.state();
    const layout = layoutOf(size, state.focus);
    if (!layout) return tooSmall(size);
    const { list, panel, border, width } = layout;
    const shown = this.#panel(state);
    this.#window = panelWindow(shown, state, panel);
    const left = this.#list.lines(state, list, state.focus === 'list');
    const titles = [
      fit(` ${listTitle(state, this.#fieldName(state))}`, list.width),
      tabLine(tabsOf(this.parts.panels, state.panel, panel.width), state.panel, panel.width),
    ];
    const { paint } = this.parts;
    const bar = paint.dim('│');
    // Where text is wider than thought, the other side stands in its place all the same.
    const join = (one = '', other = ''): string => `${one}${ESC}0m${ESC}${border + 1}G${bar}${other}`;
    const hints = placedHints(this.#form?.hints ?? footerHints(state), width);
    const lines = [
      ...headerLines(state, width, this.parts),
      join(titles[0], titles[1]),
      ...left.map((line, at) => join(line, this.#window.lines[at])),
      footerLine(state, hints, width, this.parts),
    ];
    return this.#form ? withForm(lines, this.#form, layout) : { lines };
  }

  input(input: Input): void {
    if (input.type === 'mouse') return this.#mouse(input);
    const { key } = input;
    if (key.ctrl && key.name === 'c') return this.parts.quit();
    if (this.state().message) this.parts.dispatch({ type: 'message-read' });
    if (this.#form) return this.#toForm(this.#form, input);
    bindingOf(key, this.state())?.run(this);
  }

  /** What the panel on the screen must load. */
  update(): void {
    const state = this.state();
    this.#panel(state).update(state);
  }

  close(): void {
    this.#form?.close?.();
    for (const panel of this.parts.panels) panel.close?.();
  }

  open(name: keyof Forms): void {
    const { forms } = this.parts;
    this.#form = name === 'help' ? forms.help(this.parts, helpGroups()) : forms[name](this.parts);
  }

  quit(): void {
    this.parts.quit();
  }

  suspend(): void {
    this.parts.suspend();
  }

  start(): void {
    this.parts.dispatch({ type: 'start' });
  }

  pause(): void {
    this.parts.dispatch({ type: 'pause', on: this.state().held === undefined });
  }

  move(lines: number): void {
    const state = this.state();
    if (state.focus === 'panel') {
      const height = this.#layout()?.panel.height ?? 1;
      const place = movedPlace(this.#windowNow(state), lines, height);
      return this.parts.dispatch({ type: 'place', panel: state.panel, ...place });
    }
    const length = ListView.length(state);
    const before = ListView.cursor(state);
    const at = Math.max(0, Math.min(before + lines, length - 1));
    this.#list.moved(at - before);
    // At the newest it follows what comes.
    const follows = Math.abs(lines) === Infinity && at === ListView.home(state);
    this.parts.dispatch({ type: 'select', key: follows ? undefined : ListView.keyAt(state, at) });
  }

  page(pages: number): void {
    this.move(pages * ((this.#layout()?.list.height ?? 2) - 1));
  }

  field(step: number): void {
    const count = fieldsOf(this.state()).length;
    this.#field = (this.#field + step + count) % count;
  }

  enter(): void {
    const state = this.state();
    if (state.focus === 'panel') {
      for (const action of this.#panel(state).enter?.(this.#windowNow(state).cursor) ?? [])
        this.parts.dispatch(action);
    } else if (state.aggregate.length > 0) this.#intoGroup(state);
    else {
      // What one reads does not change under one's eyes.
      const key = ListView.keyAt(state, ListView.cursor(state));
      if (key === undefined) return;
      if (state.list.selected === undefined) this.parts.dispatch({ type: 'select', key });
      if (!['path', 'ruleset', 'details'].includes(state.panel))
        this.parts.dispatch({ type: 'panel', panel: 'path' });
      this.parts.dispatch({ type: 'focus', on: 'panel' });
    }
  }

  back(): void {
    const { dispatch } = this.parts;
    if (this.state().focus === 'panel') dispatch({ type: 'focus', on: 'list' });
    else dispatch({ type: 'select', key: undefined });
  }

  take(exclude: boolean): void {
    const state = this.state();
    const found =
      state.focus === 'panel'
        ? this.#panel(state).valueAt?.(this.#windowNow(state).cursor)
        : valueUnderCursor(state, this.#fieldName(state));
    if (!found) {
      this.parts.dispatch({ type: 'message', text: 'there is no value under the cursor', isError: true });
      return;
    }
    this.#filter(state, [[found.column, found.value]], exclude);
  }

  nextPanel(step: number): void {
    const at = panelNames.indexOf(this.state().panel);
    this.panel((at + step + panelNames.length) % panelNames.length);
  }

  panel(number: number): void {
    const panel = panelNames[number];
    if (panel) this.parts.dispatch({ type: 'panel', panel });
  }

  #layout(): Layout | undefined {
    return layoutOf(this.parts.size(), this.state().focus);
  }

  /** Keys may come faster than frames: what is on the screen is older than the state. */
  #windowNow(state: UiState): PanelWindow {
    const layout = this.#layout();
    if (layout) this.#window = panelWindow(this.#panel(state), state, layout.panel);
    return this.#window;
  }

  #fieldName(state: UiState) {
    const fields = fieldsOf(state);
    return fields[this.#field % fields.length] ?? 'fate';
  }

  #panel(state: UiState): Panel {
    const found = this.parts.panels.find(({ name }) => name === state.panel);
    if (!found) throw new Error(`there is no panel ${state.panel}`);
    return found;
  }

  #intoGroup(state: UiState): void {
    const group = selectedGroup(state);
    if (!group) return;
    const values = state.aggregate.flatMap((column): [typeof column, string][] => {
      const value = valueUnderCursor(state, column);
      return value ? [[column, value.value]] : [];
    });
    if (this.#filter(state, values, false)) this.parts.dispatch({ type: 'aggregate', by: [] });
  }

  /** @returns whether the values can be filtered by */
  #filter(
    state: UiState,
    values: readonly (readonly [Parameters<typeof withValue>[1], string])[],
    exclude: boolean,
  ): boolean {
    try {
      const filter = values.reduce(
        (so, [column, value]) => withValue(so, column, value, exclude),
        state.filter,
      );
      this.parts.dispatch({ type: 'filter', filter });
      return true;
    } catch (error) {
      this.parts.dispatch({ type: 'message', text: formatFailure(error), isError: true });
      return false;
    }
  }

  #toForm(form: Form, { key }: Extract<Input, { type: 'key' }>): void {
    const result = form.key(key);
    if (result === 'stay') return;
    this.#form = undefined;
    form.close?.();
    if (typeof result === 'object') result.do.forEach((action: Action) => this.parts.dispatch(action));
  }

  #mouse({ what, x, y }: MouseInput): void {
    const layout = this.#layout();
    if (!layout || this.#form) return;
    const { dispatch } = this.parts;
    const { border, titles, footer, list } = layout;
    const side = x < border ? 'list' : 'panel';
    if (what !== 'press') {
      if (this.state().focus !== side) dispatch({ type: 'focus', on: side });
      return this.move(what === 'wheel-up' ? -WHEEL_LINES : WHEEL_LINES);
    }
    if (y === footer) return this.#footerPress(x, layout);
    if (y === titles && side === 'panel') {
      const tab = tabsOf(this.parts.panels, this.state().panel, layout.panel.width).find(
        ({ from, to }) => x - border - 1 >= from && x - border - 1 < to,
      );
      if (tab) dispatch({ type: 'panel', panel: tab.name });
      return;
    }
    const row = y - list.y;
    if (row < 0 || row >= list.height) return;
    this.#press(side, row);
  }

  #press(side: 'list' | 'panel', row: number): void {
    const { dispatch } = this.parts;
    const state = this.state();
    const { top, length } = this.#window;
    if (state.focus !== side) dispatch({ type: 'focus', on: side });
    if (side === 'panel') {
      const cursor = Math.min(top + row, Math.max(0, length - 1));
      return dispatch({ type: 'place', panel: state.panel, cursor, top });
    }
    const key = this.#list.keyOn(state, row);
    if (key === undefined) return;
    this.#list.pressed(row);
    dispatch({ type: 'select', key });
  }

  #footerPress(x: number, { width }: Layout): void {
    const state = this.state();
    const hint = placedHints(footerHints(state), width).find(({ from, to }) => x >= from && x < to);
    if (hint) bindingOfShown(hint.key, state)?.run(this);
  }
}

/** @returns what a window shows that has no room for the screen */
function tooSmall({ width, height }: Size): Frame {
  const texts = [
    `This window has ${width}x${height} cells; visor-ui needs`,
    `${MIN_SIZE.width}x${MIN_SIZE.height}. Make it larger, or q to quit.`,
  ];
  return { lines: Array.from({ length: height }, (_, at) => fit(texts[at] ?? '', width)) };
}
