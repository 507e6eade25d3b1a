import { RE2JS } from 're2js';

/**
 * Regular expressions in RE2's syntax, the same in memory (re2js) as in ClickHouse (`match`): found anywhere, `.` is also
 * a line's end, characters are code points, time is linear in the text. The limits keep a pattern far below the size at
 * which ClickHouse refuses to compile it, so that what is taken here is taken there.
 */
const MAX_PATTERN = 256;
/**
 * Instructions, and ranges of characters that they compare with; RE2 makes several of its own of one range. In memory each may be
 * a step for each character of a text: the live stream asks each rule's text, of some thousand characters, of each batch.
 */
const MAX_COST = 4000;

interface Instruction {
  readonly runes?: ArrayLike<number>;
}

function costOf(regex: RE2JS): number {
  let cost = 0;
  const { inst } = regex.re2Input.prog as { inst: readonly Instruction[] };
  for (const { runes } of inst) cost += 1 + (runes?.length ?? 0) / 2;
  return cost;
}

export interface PatternFault {
  readonly code: 'malformed' | 'too_large';
  readonly problem: string;
  readonly allowed: string;
}

// Unicode's categories and the scripts that people meet here: the two engines' lists of all of them differ by version.
const CATEGORIES =
  'Cc Cf Co Cs C Ll Lm Lo Lt Lu L Mc Me Mn M Nd Nl No N Pc Pd Pe Pf Pi Po Ps P Sc Sk Sm So S Zl Zp Zs Z';
const SCRIPTS =
  'Any Arabic Armenian Cyrillic Devanagari Georgian Greek Han Hangul Hebrew Hiragana Katakana Latin Thai';
export const UNICODE_CLASSES: ReadonlySet<string> = new Set(`${CATEGORIES} ${SCRIPTS}`.split(' '));

/** @returns a class of Unicode that is not known to both engines */
function unknownClass(pattern: string): string | undefined {
  for (const [escape, , name, letter] of pattern.matchAll(/\\[pP](\{\^?([^}]*)\}|(.))|\\./gsu)) {
    const wanted = name ?? letter;
    if (wanted !== undefined && !UNICODE_CLASSES.has(wanted)) return escape;
  }
  return undefined;
}

function compile(pattern: string): RE2JS {
  return RE2JS.compile(pattern, RE2JS.DOTALL);
}

/** @returns what is wrong with a pattern, or undefined */
export function checkPattern(pattern: string): PatternFault | undefined {
  if (pattern.length > MAX_PATTERN) {
    const problem = `is a regular expression of ${pattern.length} characters`;
    return { code: 'too_large', problem, allowed: `at most ${MAX_PATTERN}` };
  }
  if (pattern.includes('\0') || /\p{Surrogate}/u.test(pattern)) {
    const problem = 'has a character that no name can have';
    return { code: 'malformed', problem, allowed: 'text without NUL' };
  }
  const allowed = "RE2's syntax (no back references, no look-around)";
  const unknown = unknownClass(pattern);
  if (unknown !== undefined) {
    const problem = `is not a regular expression: ${unknown} is no class of characters here`;
    return {
      code: 'malformed',
      problem,
      allowed: `a category of Unicode, as \\p{Lu}, or a script, as \\p{Greek}`,
    };
  }
  try {
    if (costOf(compile(pattern)) <= MAX_COST) return undefined;
  } catch (error) {
    const reason = (error as Error).message.replace('error parsing regexp: ', '').replace('`(?s)', '`');
    return { code: 'malformed', problem: `is not a regular expression: ${reason}`, allowed };
  }
  const problem = 'is too large a regular expression';
  return { code: 'too_large', problem, allowed: 'fewer or smaller repetitions' };
}

const PART = /\\Q(.*?)(?:\\E|$)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\(\?P?<[^>]*>|[^\0-\x7f]/gsu;

const codePoint = (char: string): string => `\\x{${(char.codePointAt(0) ?? 0).toString(16)}}`;

/**
 * ClickHouse looks for the letters that a match must have before it asks RE2, and takes a pattern's bytes for its
 * characters: it would want half of `ü` where `ü?` stands, and read what is quoted by `\Q`. It gets plain characters.
 *
 * @param pattern one that checkPattern takes
 * @returns one that means the same
 */
export function clickhousePattern(pattern: string): string {
  return pattern.replace(PART, (part, quoted: string | undefined) => {
    if (quoted !== undefined) return quoted.replace(/[^\0-\x7f]|[^\w\s]/gu, escaped);
    if (part.startsWith('\\')) return part;
    if (part.startsWith('[')) return part.replace(/[^\0-\x7f]/gu, codePoint);
    return part.startsWith('(') ? '(' : codePoint(part);
  });
}

const escaped = (char: string): string => (char > '\x7f' ? codePoint(char) : `\\${char}`);

/**
 * @param pattern one that checkPattern takes
 * @returns whether a text has a match
 */
export function patternTest(pattern: string): (text: string) => boolean {
  const regex = compile(pattern);
  return (text) => regex.test(text);
}

/** @returns the test with its answers kept: the names of a batch are few, and repeat */
export function remembered(test: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    let matches = known.get(text);
    if (matches === undefined) known.set(text, (matches = test(text)));
    return matches;
  };
}
