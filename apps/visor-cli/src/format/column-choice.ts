import { suggestColumn } from '#filter';
import { closest, distance } from 'fastest-levenshtein';
import { CliError } from '../errors.js';

/** The columns that a form has. */
export interface Choice {
  /** All that may be asked for, by their names. */
  readonly known: readonly string[];
  /** Those that are shown unless asked otherwise, in their order. */
  readonly usual: readonly string[];
  /** Other names of them. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** What is added stands before this one. */
  readonly last?: string;
}

const usage = (sentence: string): CliError => new CliError('columns', 'usage', `--columns: ${sentence}`);

function nearest(name: string, known: readonly string[]): string | undefined {
  const suggested = suggestColumn(name)?.replaceAll('-', '_');
  if (suggested !== undefined && known.includes(suggested)) return suggested;
  const near = name.length > 40 ? '' : closest(name, [...known]);
  return near !== '' && distance(name, near) <= Math.max(1, Math.round(name.length / 3)) ? near : undefined;
}

function find(text: string, { known, aliases = {} }: Choice): string {
  const name = text.toLowerCase().replaceAll('-', '_');
  if (known.includes(name)) return name;
  const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (alias !== undefined) return alias;
  const near = nearest(name, known);
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
  throw usage(`there is no column ${JSON.stringify(text.slice(0, 80))}; ${hint}`);
}

/** What is added stands where the last column is not moved from the end. */
function changed(signs: readonly { sign: string; name: string }[], { usual, last }: Choice): string[] {
  const chosen = [...usual];
  for (const { sign, name } of signs) {
    const at = chosen.indexOf(name);
    if (sign === '-' && at < 0) throw usage(`${name} is not shown anyway; shown are ${chosen.join(', ')}`);
    if (sign === '-') chosen.splice(at, 1);
    else if (at < 0) chosen.splice(chosen.at(-1) === last ? -1 : chosen.length, 0, name);
  }
  if (chosen.length === 0) throw usage('nothing is left to show; leave one column at least');
  return chosen;
}

/**
 * @param text `+ttl,-agent_id` changes the usual columns, `ts,ip_src` replaces them; undefined leaves them
 * @returns names of columns in their order
 * @throws CliError `usage` for what is no column, or there twice, and where lists and changes are mixed
 */
export function chooseColumns(text: string | undefined, choice: Choice): readonly string[] {
  if (text === undefined) return choice.usual;
  const items = text.split(',').map((item) => item.trim());
  if (items.includes(''))
    throw usage(`there is an empty name in ${JSON.stringify(text.slice(0, 80))}; give names between commas`);
  const signs = items.map((item) => {
    const [, sign = '', name = ''] = /^([+-]?)(.*)$/s.exec(item) ?? [];
    return { sign, name: find(name, choice) };
  });
  const twice = signs.find(({ name }, at) => signs.findIndex((other) => other.name === name) < at);
  if (twice) throw usage(`${twice.name} is there twice; name it once`);
  const signed = signs.filter(({ sign }) => sign !== '').length;
  if (signed === 0) return signs.map(({ name }) => name);
  if (signed === signs.length) return changed(signs, choice);
  throw usage('+ and - change the usual columns, a list replaces them; give all names a sign, or none');
}
