import { Ansis } from 'ansis';

export const colorModes = ['auto', 'always', 'never'] as const;
export type ColorMode = (typeof colorModes)[number];

/** Colours for fates and verdicts, in capitals as they are shown. */
export interface Paint {
  readonly outcome: (shown: string, word?: string) => string;
  readonly dim: (text: string) => string;
  /** A line that is new, and one that is gone. */
  readonly added: (text: string) => string;
  readonly removed: (text: string) => string;
  /** That something is missing. */
  readonly loss: (text: string) => string;
  /** One of several things that are to be told from each other, by its number from 0. */
  readonly nth: (text: string, number: number) => string;
}

const same = (text: string): string => text;
const plain: Paint = { outcome: same, dim: same, added: same, removed: same, loss: same, nth: same };

export interface Terminal {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `auto`: on a terminal that can, unless NO_COLOR (https://no-color.org) is there. */
export function wantsColor(mode: ColorMode, { isTTY, env }: Terminal): boolean {
  if (mode !== 'auto') return mode === 'always';
  return isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

export function paint(colored: boolean): Paint {
  if (!colored) return plain;
  const ansis = new Ansis(1);
  const good = ansis.green;
  const bad = ansis.redBright.bold;
  const several = [
    ansis.cyan,
    ansis.yellow,
    ansis.green,
    ansis.magenta,
    ansis.blue,
    ansis.red,
    ansis.cyanBright,
    ansis.yellowBright,
    ansis.greenBright,
    ansis.magentaBright,
    ansis.white,
  ];
  const colors: Readonly<Record<string, (text: string) => string>> = {
    ACCEPTED: good,
    ACCEPT: good,
    DROPPED: bad,
    DROP: bad,
    REJECTED: ansis.yellowBright.bold,
    QUEUED: ansis.cyan,
    QUEUE: ansis.cyan,
    STOLEN: ansis.cyan,
    UNKNOWN: ansis.magenta,
  };
  return {
    outcome: (shown, word = shown) =>
      Object.hasOwn(colors, word) ? (colors[word]?.(shown) ?? shown) : shown,
    dim: (text) => ansis.dim(text),
    added: (text) => ansis.green(text),
    removed: (text) => ansis.red(text),
    loss: (text) => bad(text),
    nth: (text, number) => (several[number % several.length] ?? same)(text),
  };
}
