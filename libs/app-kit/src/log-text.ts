/** One line of the log as its fields. */
export interface LogRecord {
  readonly level: string;
  /** RFC 3339 */
  readonly time: string;
  readonly name: string;
  readonly pid: number;
  readonly message: string;
  /** The part of the program that tells */
  readonly context?: string;
  readonly stack?: string;
}

/** The words of this form, which scripts look for. */
const words: Readonly<Record<string, string>> = {
  debug: 'DEBUG',
  info: 'LOG',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
};
const wordWidth = 7;

const colours: Readonly<Record<string, string>> = { debug: '35', info: '32', warn: '33', error: '31' };

/** One occurrence is one line, and nothing that is logged acts on a terminal. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

const oneLine = (text: string): string =>
  text
    .trimEnd()
    .replace(/\r?\n\s*/g, ' | ')
    .replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** @returns the line for people: `[trace-hub] 4711  - 2026-01-02T03:04:05.678Z    WARN [context] message` */
export function textLine(
  { name, pid, time, level, context, message, stack }: LogRecord,
  colour = false,
): string {
  const word = (words[level] ?? level.toUpperCase()).padStart(wordWidth);
  const shown = colour ? `\x1b[${colours[level] ?? '31'}m${word}\x1b[39m` : word;
  const where = context === undefined ? '' : `[${oneLine(context)}] `;
  const trace = stack === undefined ? '' : ` | ${oneLine(stack)}`;
  return `[${name}] ${pid}  - ${time} ${shown} ${where}${oneLine(message)}${trace}\n`;
}
