import { type Key } from '../contracts.js';

/** What a terminal's mouse did; the cell is counted from 0. */
export interface MouseInput {
  readonly type: 'mouse';
  readonly what: 'press' | 'wheel-up' | 'wheel-down';
  readonly x: number;
  readonly y: number;
}

export type Input = { readonly type: 'key'; readonly key: Key } | MouseInput;

/** The last letter of `ESC [ …` and `ESC O …`. */
const byLetter: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'clear',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'tab',
  M: 'enter',
};

/** The number of `ESC [ … ~`. */
const byNumber: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  ...Object.fromEntries(
    [11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24].map((code, at) => [code, `f${at + 1}`]),
  ),
};

const controls: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
  '\u001b': 'escape',
  ' ': 'space',
};

/* eslint-disable no-control-regex -- it is control characters that come */
const CSI = /^\u001b\[([<0-9;]*)([A-Za-z~])/;
const LINUX_F = /^\u001b\[\[([A-E])/;
const SS3 = /^\u001bO([A-Za-z])/;
/** What may be the beginning of a sequence whose rest has not come yet. */
const UNFINISHED = /^\u001b(?:\[[<0-9;]*|\[\[|O)?$/;
/* eslint-enable no-control-regex */
const PASTE = { start: '\u001b[200~', end: '\u001b[201~' };

function key(name: string, text = '', modifiers = 0): Input {
  const [shift, meta, ctrl] = [1, 2, 4].map((bit) => (modifiers & bit) !== 0);
  return {
    type: 'key',
    key: { name, text, shift: shift ?? false, meta: meta ?? false, ctrl: ctrl ?? false },
  };
}

/** SGR mouse reports: `ESC [ < button ; column ; line M`. */
function mouse(parameters: string, final: string): MouseInput | undefined {
  const [button = 0, column = 1, line = 1] = parameters.slice(1).split(';').map(Number);
  const at = { type: 'mouse', x: column - 1, y: line - 1 } as const;
  if (button === 64) return { ...at, what: 'wheel-up' };
  if (button === 65) return { ...at, what: 'wheel-down' };
  return button === 0 && final === 'M' ? { ...at, what: 'press' } : undefined;
}

function sequence(parameters: string, final: string): Input | undefined {
  if (parameters.startsWith('<')) return mouse(parameters, final);
  const [first = '', second = '1'] = parameters.split(';');
  const name = final === '~' ? byNumber[first] : byLetter[final];
  if (name === undefined) return undefined;
  return key(name, '', final === 'Z' ? 1 : Math.max(0, Number(second) - 1));
}

function character(text: string): Input {
  const name = controls[text];
  if (name !== undefined) return key(name, text === ' ' ? ' ' : '');
  const code = text.codePointAt(0) ?? 0;
  if (code === 0) return key('space', '', 4);
  if (code < 32) return key(String.fromCharCode(code + 96), '', 4);
  return key(text.toLowerCase(), text, text === text.toLowerCase() ? 0 : 1);
}

/** Turns what a terminal sends into keys, pastes and the mouse, however it is cut into pieces. */
export class InputDecoder {
  #rest = '';
  #paste: string | undefined;

  /** Whether an ESC waits for what may follow; flush() tells that nothing does. */
  get waits(): boolean {
    return this.#rest !== '' && this.#paste === undefined;
  }

  feed(text: string): Input[] {
    this.#rest += text;
    const inputs: Input[] = [];
    for (;;) {
      if (this.#paste !== undefined) {
        if (!this.#takePaste(inputs)) return inputs;
      } else if (this.#rest === '' || UNFINISHED.test(this.#rest)) return inputs;
      else this.#take(inputs);
    }
  }

  /** @returns the key ESC where it was one */
  flush(): Input[] {
    const rest = this.#rest;
    this.#rest = '';
    if (rest === '') return [];
    return rest === '\u001b' ? [key('escape')] : [];
  }

  #take(inputs: Input[]): void {
    const rest = this.#rest;
    if (rest.startsWith(PASTE.start)) {
      this.#paste = '';
      this.#rest = rest.slice(PASTE.start.length);
      return;
    }
    const csi = CSI.exec(rest);
    const other = LINUX_F.exec(rest) ?? SS3.exec(rest);
    const [whole] = csi ?? other ?? [];
    if (whole !== undefined) {
      this.#rest = rest.slice(whole.length);
      const linux = other && whole.startsWith('\u001b[[');
      const input = csi
        ? sequence(csi[1] ?? '', csi[2] ?? '')
        : linux
          ? key(`f${(other[1] ?? 'A').charCodeAt(0) - 64}`)
          : sequence('', other?.[1] ?? '');
      if (input) inputs.push(input);
      return;
    }
    const [first = ''] = rest;
    this.#rest = rest.slice(first.length);
    const [second = ''] = this.#rest;
    if (first !== '\u001b' || second === '\u001b') {
      inputs.push(character(first));
      return;
    }
    // ESC and a character at once is Alt with it.
    this.#rest = this.#rest.slice(second.length);
    const input = character(second);
    inputs.push(input.type === 'key' ? { ...input, key: { ...input.key, meta: true, text: '' } } : input);
  }

  /** @returns whether the paste has ended */
  #takePaste(inputs: Input[]): boolean {
    const all = (this.#paste ?? '') + this.#rest;
    const end = all.indexOf(PASTE.end);
    if (end < 0) {
      this.#paste = all;
      this.#rest = '';
      return false;
    }
    inputs.push(key('paste', all.slice(0, end)));
    this.#paste = undefined;
    this.#rest = all.slice(end + PASTE.end.length);
    return true;
  }
}
