import { findColumn } from '#columns';
import { isFilterParameter, sides, type SideName } from '#filter';
import { CliError } from '../errors.js';

const usage = (message: string): CliError => new CliError('filter', 'usage', message);

/** A flag as it is written, and its value where that is in the same word. */
interface Word {
  readonly flag: string;
  readonly name: string;
  readonly value: string | undefined;
}

function wordOf(text: string): Word | undefined {
  const [, long, value] = /^--([^=]+)(?:=([^]*))?$/.exec(text) ?? [];
  if (long !== undefined) return { flag: `--${long}`, name: long, value };
  const [, short, rest] = /^-(\w)=?([^]*)$/.exec(text) ?? [];
  if (short === undefined) return undefined;
  return { flag: `-${short}`, name: short === 'q' ? 'query' : short, value: rest === '' ? undefined : rest };
}

/** Of some columns a comma belongs to the value: `SYN,ACK` is one. */
function holdsSeveral(name: string): boolean {
  const column = Object.hasOwn(sides, name) ? sides[name as SideName].columns[0] : name;
  return findColumn(column)?.kind !== 'flags';
}

/** @returns the value with each of its alternatives excluded: `!80,!443` */
function negated({ flag, name }: Word, value: string): string {
  // A backslash hides a comma, and itself.
  const items = holdsSeveral(name) ? (value.match(/(?:^|,)(?:\\[^]|[^,\\]|\\$)*/g) ?? ['']) : [value];
  return items
    .map((item, i) => {
      const text = i === 0 ? item : item.slice(1);
      if (text.startsWith('!')) {
        throw usage(
          `--not ${flag} ${JSON.stringify(value)} says no twice; leave out --not, or the ! in the value.`,
        );
      }
      return `!${text.startsWith('\\!') ? text.slice(1) : text}`;
    })
    .join(',');
}

/**
 * Takes each `--not` out of a command line and turns the filter after it round, before the flags are parsed:
 * `--not --dport 80,443` becomes `--dport !80,!443`.
 *
 * @throws CliError `usage` for one that has no filter after it
 */
export function withNots(argv: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const text = argv[i] ?? '';
    if (text !== '--not') {
      out.push(text);
      continue;
    }
    const next = argv[++i];
    const word = next === undefined ? undefined : wordOf(next);
    if (!word || !(word.name === 'query' || isFilterParameter(word.name))) {
      const what = next === undefined ? 'nothing follows' : `${JSON.stringify(next)} is none`;
      throw usage(`--not turns the filter after it round, and ${what}; give one, as in --not --dport 80.`);
    }
    const value = word.value ?? argv[++i];
    if (value === undefined) throw usage(`--not ${word.flag} expects a value, as in --not --dport 80.`);
    if (word.name === 'query') out.push('--not-query', value);
    else out.push(`${word.flag}=${negated(word, value)}`);
  }
  return out;
}
