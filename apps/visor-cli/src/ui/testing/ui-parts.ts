import { VisorClient } from '#api-client';
import { Clock } from '../../format/clock.js';
import { createNames } from '../../format/names.js';
import { paint } from '../../format/paint.js';
import { noon } from '../../testing/session.js';
import { type Form, type FormResult, type Key, type UiParts } from '../contracts.js';
import { noFilter } from '../model/filter-state.js';
import { live } from '../model/range.js';
import { type Beginning, UiStore } from '../model/store.js';

/** What panels and forms work with, and what they did. */
export interface TestParts extends UiParts {
  readonly store: UiStore;
  /** What was written to the terminal. */
  readonly sent: string[];
  /** Resolves when something that is not in the state is to be shown: changed() was called. */
  readonly change: () => Promise<void>;
  readonly end: () => void;
}

/** @param host of a hub; one that nobody is at unless given @param values what is otherwise than on opening */
export function testParts(host = 'http://127.0.0.1:9', values: Partial<Beginning> = {}): TestParts {
  const store = new UiStore(
    {
      ...{ hub: 'http://127.0.0.1:9650', filter: noFilter, range: live, order: 'newest-last' },
      ...{ aggregate: [], panel: 'path', ...values },
    },
    noon,
  );
  const ended = new AbortController();
  const sent: string[] = [];
  let waiting: (() => void)[] = [];
  return {
    client: new VisorClient({ host }),
    paint: paint(false),
    names: createNames({ numeric: true }),
    clock: () => new Clock(() => noon, { utc: true }),
    now: () => noon,
    signal: ended.signal,
    state: () => store.state,
    dispatch: (action) => store.dispatch(action),
    changed: () => waiting.splice(0).forEach((resolve) => resolve()),
    send: (sequence) => void sent.push(sequence),
    store,
    sent,
    change: () => new Promise((resolve) => (waiting = [...waiting, resolve])),
    end: () => ended.abort(),
  };
}

/** @param name `enter`, `ctrl-s`, `shift-tab`; a character writes itself */
export function keyOf(name: string): Key {
  const [, modifiers = '', rest = name] = /^((?:ctrl-|shift-|alt-)*)(.+)$/s.exec(name) ?? [];
  const isText = [...rest].length === 1 && modifiers === '';
  return {
    name: rest,
    text: isText ? rest : '',
    ctrl: modifiers.includes('ctrl-'),
    meta: modifiers.includes('alt-'),
    shift: modifiers.includes('shift-'),
  };
}

/** Presses keys, one after the other. @returns what the last one did */
export function press(form: Form, ...names: readonly string[]): FormResult {
  let result: FormResult = 'stay';
  for (const name of names) result = form.key(keyOf(name));
  return result;
}

/** Writes a text as a person does, a character at a time. */
export const type = (form: Form, text: string): FormResult => press(form, ...text);

/** @returns what a form shows, a | where the cursor is */
export function screenOf(form: Form, width = 76, height = 20): string {
  const { lines, caret } = form.view({ width, height });
  return lines
    .map((line, at) =>
      at === caret?.line
        ? `${line.padEnd(caret.column).slice(0, caret.column)}|${line.slice(caret.column)}`
        : line,
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}
