import { type VisorClient } from '#api-client';
import { type ColumnName } from '#columns';
import { type Clock } from '../format/clock.js';
import { type Names } from '../format/names.js';
import { type Paint } from '../format/paint.js';
import { type Action } from './model/actions.js';
import { type PanelName, type UiState } from './model/state.js';

/** What panels and forms work with. */
export interface UiParts {
  readonly client: VisorClient;
  readonly paint: Paint;
  readonly names: Names;
  /** @returns one that has shown no time yet; times look as --time-format and --utc say */
  readonly clock: () => Clock;
  /** ms since 1970 */
  readonly now: () => number;
  /** Aborted when the screen closes. */
  readonly signal: AbortSignal;
  readonly state: () => UiState;
  readonly dispatch: (action: Action) => void;
  /** Something is to be shown that is not in the state: an answer has come. Draws soon, not at once. */
  readonly changed: () => void;
  /** Writes to the terminal what is not drawn: an OSC 52 copy. */
  readonly send: (sequence: string) => void;
}

/**
 * Lines of text, safe to print, with colours of Paint alone (SGR). The screen cuts them to the width and fills them up. An
 * array of strings is one; who has very many makes them where they are asked for.
 */
export interface Lines {
  readonly length: number;
  at(index: number): string | undefined;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface PanelProps extends Size {
  readonly state: UiState;
  readonly focused: boolean;
  /** The line under the cursor; it is shown inverse where the panel is focused, by the screen. */
  readonly cursor: number;
}

/** What + and - take. */
export interface ColumnValue {
  readonly column: ColumnName;
  /** As it is written behind the flag, with what is special in it escaped. */
  readonly value: string;
}

/** A tab on the right. */
export interface Panel {
  readonly name: PanelName;
  /** `Ruleset` */
  readonly title: string;
  /**
   * Called when the panel is on the screen and the state has changed: begins to load what is missing, and calls
   * UiParts.changed() when it has come. Returns at once. Failures are lines of the panel.
   */
  update(state: UiState): void;
  lines(props: PanelProps): Lines;
  /** The line that matters (the deciding rule): it is scrolled to unless a person has scrolled. */
  mark?(props: PanelProps): number | undefined;
  /** The value under the cursor. */
  valueAt?(line: number): ColumnValue | undefined;
  /** Enter on a line. @returns what is to be done */
  enter?(line: number): readonly Action[];
  close?(): void;
}

/** A key that was pressed, or text that was pasted. */
export interface Key {
  /** `up`, `pageup`, `f1`, `enter`, `escape`, `tab`, `backspace`, `delete`, `home`, `space`; a letter's own; `paste`. */
  readonly name: string;
  /** What it writes; '' where it writes nothing. Of a paste: the text, which may have several lines. */
  readonly text: string;
  readonly ctrl: boolean;
  readonly meta: boolean;
  readonly shift: boolean;
}

export interface FormView {
  /** Safe to print, at most as many as there is room for. */
  readonly lines: readonly string[];
  /** Where the terminal's cursor stands, from 0, in the lines. */
  readonly caret?: { readonly line: number; readonly column: number };
}

/** `close`: it goes away; after `do` the actions are done. Otherwise it stays. */
export type FormResult = 'stay' | 'close' | { readonly do: readonly Action[] };

/** What a footer says of a key: `Enter apply`. */
export interface KeyHint {
  readonly key: string;
  readonly does: string;
}

/** What lies over the screen and takes all keys but Ctrl-C: a form, a prompt, the help. */
export interface Form {
  readonly title: string;
  /** `over`: in the middle, as large as its lines; `line`: the last lines above the footer. */
  readonly where: 'over' | 'line';
  readonly hints: readonly KeyHint[];
  key(key: Key): FormResult;
  view(size: Size): FormView;
  close?(): void;
}

/** The forms, by what opens them: made anew each time. */
export interface Forms {
  filter(parts: UiParts): Form;
  query(parts: UiParts): Form;
  range(parts: UiParts): Form;
  aggregate(parts: UiParts): Form;
  order(parts: UiParts): Form;
  export(parts: UiParts): Form;
  /** The command line to share and the line under the cursor: what c copies. */
  copy(parts: UiParts): Form;
  /** @param keys the key table, in groups */
  help(parts: UiParts, keys: readonly HelpGroup[]): Form;
}

export interface HelpGroup {
  readonly title: string;
  readonly keys: readonly KeyHint[];
}

/** forms/index.ts exports `forms: Forms`, panels/index.ts this one. @returns in the order of panelNames */
export type CreatePanels = (parts: UiParts) => readonly Panel[];
