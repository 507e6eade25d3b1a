import { type Forms, type HelpGroup, type Key, type KeyHint } from '../contracts.js';
import { panelNames, type UiState } from '../model/state.js';

/** What keys can do to the screen. */
export interface Controls {
  readonly state: () => UiState;
  open(form: keyof Forms): void;
  quit(): void;
  /** Gives the terminal to the shell until that brings the screen back. */
  suspend(): void;
  start(): void;
  pause(): void;
  /** Towards the bottom by so many lines; ±Infinity: to the end. */
  move(lines: number): void;
  /** By so many screens. */
  page(pages: number): void;
  /** The next field of the list's line. */
  field(step: number): void;
  enter(): void;
  back(): void;
  take(exclude: boolean): void;
  nextPanel(step: number): void;
  panel(number: number): void;
}

export interface Binding {
  /** Names as keyName() has them. */
  readonly keys: readonly string[];
  /** As a person reads it; '' where another line of the table stands for it. */
  readonly shown: string;
  /** The same in the help, where that has more. */
  readonly inHelp?: string;
  readonly does: string;
  readonly group: 'Look' | 'Choose' | 'Use' | 'Screen';
  /** In the footer, the smaller the sooner; absent: in the help alone. */
  readonly footer?: number;
  /** Whether it does something now. */
  readonly when?: (state: UiState) => boolean;
  /** What the footer says of it now. */
  readonly now?: (state: UiState) => string;
  readonly run: (controls: Controls) => void;
}

const inList = ({ focus }: UiState): boolean => focus === 'list';
const inPanel = ({ focus }: UiState): boolean => focus === 'panel';

/** All keys. The footer, the help and what is done all come from here. */
export const bindings: readonly Binding[] = [
  {
    keys: ['f1', '?'],
    shown: 'F1',
    inHelp: 'F1 ?',
    does: 'help',
    group: 'Screen',
    footer: 1,
    run: (c) => c.open('help'),
  },
  {
    ...{ keys: ['up'], shown: '↑ ↓', does: 'one line', group: 'Look' },
    run: (c) => c.move(-1),
  },
  { keys: ['down'], shown: '', does: '', group: 'Look', run: (c) => c.move(1) },
  { keys: ['pageup'], shown: 'PgUp PgDn', does: 'one screen', group: 'Look', run: (c) => c.page(-1) },
  { keys: ['pagedown'], shown: '', does: '', group: 'Look', run: (c) => c.page(1) },
  {
    ...{ keys: ['home'], shown: 'Home End', does: 'to the first line, to the last', group: 'Look' },
    run: (c) => c.move(-Infinity),
  },
  { keys: ['end'], shown: '', does: '', group: 'Look', run: (c) => c.move(Infinity) },
  {
    ...{ keys: ['enter'], shown: 'Enter', does: 'drill in', group: 'Look', footer: 8 },
    run: (c) => c.enter(),
  },
  {
    ...{ keys: ['escape'], shown: 'Esc', does: 'back to the list; to the newest', group: 'Look', footer: 2 },
    ...{ when: (state) => inPanel(state) || state.list.selected !== undefined },
    now: (state) => (inPanel(state) ? 'list' : 'newest'),
    run: (c) => c.back(),
  },
  { keys: ['tab'], shown: 'Tab', does: 'next panel', group: 'Look', footer: 7, run: (c) => c.nextPanel(1) },
  {
    ...{ keys: ['shift-tab'], shown: 'Shift-Tab', does: 'panel before', group: 'Look' },
    run: (c) => c.nextPanel(-1),
  },
  ...panelNames.map((_, at): Binding => ({
    keys: [String(at + 1)],
    shown: at === 0 ? '1 … 6' : '',
    does: at === 0 ? 'panel by its number' : '',
    group: 'Look',
    run: (c) => c.panel(at),
  })),
  { keys: ['f'], shown: 'f', does: 'filter', group: 'Choose', footer: 3, run: (c) => c.open('filter') },
  { keys: ['/'], shown: '/', does: 'query', group: 'Choose', footer: 4, run: (c) => c.open('query') },
  {
    ...{ keys: ['left'], shown: '← →', does: 'value of the line that + and - take', group: 'Choose' },
    when: inList,
    run: (c) => c.field(-1),
  },
  { keys: ['right'], shown: '', does: '', group: 'Choose', when: inList, run: (c) => c.field(1) },
  {
    ...{ keys: ['+', '='], shown: '+', does: 'only this value', group: 'Choose', footer: 10 },
    run: (c) => c.take(false),
  },
  {
    ...{ keys: ['-'], shown: '-', does: 'without it', group: 'Choose', footer: 11 },
    run: (c) => c.take(true),
  },
  { keys: ['t'], shown: 't', does: 'time', group: 'Choose', footer: 9, run: (c) => c.open('range') },
  { keys: ['a'], shown: 'a', does: 'group by', group: 'Choose', footer: 12, run: (c) => c.open('aggregate') },
  { keys: ['o'], shown: 'o', does: 'order', group: 'Choose', footer: 13, run: (c) => c.open('order') },
  { keys: ['s'], shown: 's', does: 'start anew', group: 'Use', footer: 14, run: (c) => c.start() },
  {
    ...{ keys: ['p'], shown: 'p', does: 'pause, and go on', group: 'Use', footer: 5 },
    now: ({ held }) => (held === undefined ? 'pause' : 'go on'),
    run: (c) => c.pause(),
  },
  { keys: ['e'], shown: 'e', does: 'export', group: 'Use', footer: 15, run: (c) => c.open('export') },
  { keys: ['c'], shown: 'c', does: 'copy', group: 'Use', footer: 16, run: (c) => c.open('copy') },
  {
    keys: ['q', 'ctrl-c'],
    shown: 'q',
    inHelp: 'q Ctrl-C',
    does: 'quit',
    group: 'Screen',
    footer: 6,
    run: (c) => c.quit(),
  },
  {
    keys: ['ctrl-z'],
    shown: 'Ctrl-Z',
    does: 'to the shell; fg comes back',
    group: 'Screen',
    run: (c) => c.suspend(),
  },
];

/** @returns `a`, `ctrl-c`, `shift-tab`, `f1`; of a character what it writes */
export function keyName({ name, text, ctrl, meta, shift }: Key): string {
  const plain = text !== '' && text !== ' ' ? text : name;
  return `${ctrl ? 'ctrl-' : ''}${meta ? 'alt-' : ''}${shift && text === '' ? 'shift-' : ''}${plain}`;
}

/** @returns what the key does now */
export function bindingOf(key: Key, state: UiState): Binding | undefined {
  const name = keyName(key);
  return bindings.find(({ keys, when }) => keys.includes(name) && (when?.(state) ?? true));
}

/** @returns what a hint of the footer stands for */
export const bindingOfShown = (shown: string, state: UiState): Binding | undefined =>
  bindings.find((binding) => binding.shown === shown && (binding.when?.(state) ?? true));

/** @returns the keys that work now, those that matter most first */
export function footerHints(state: UiState): KeyHint[] {
  return bindings
    .filter(({ footer, when }) => footer !== undefined && (when?.(state) ?? true))
    .sort((a, b) => (a.footer ?? 0) - (b.footer ?? 0))
    .map(({ shown, does, now }) => ({ key: shown, does: now?.(state) ?? does }));
}

/** @returns all keys, for the help */
export function helpGroups(): HelpGroup[] {
  return (['Look', 'Choose', 'Use', 'Screen'] as const).map((title) => ({
    title,
    keys: bindings
      .filter(({ group, shown }) => group === title && shown !== '')
      .map(({ shown, inHelp = shown, does }) => ({ key: inHelp, does })),
  }));
}
