import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findColumn, flagName } from '#columns';
import { isFilterParameter } from '#filter';
import { homePath } from '../../config/config-path.js';
import { CliError } from '../../errors.js';
import { fileFault } from '../../file-fault.js';
import { filterQuery } from '../../filters/filter-query.js';
import { type FilterState, filterValues } from '../model/filter-state.js';

export interface SavedFilter {
  readonly name: string;
  readonly filter: FilterState;
  /** Why it cannot be used; undefined where it can. */
  readonly fault: string | undefined;
}

const MAX_NAME = 60;

/** @returns where filters are kept: beside the user's own config file */
export const savedPath = (env: Readonly<Record<string, string | undefined>>): string =>
  join(dirname(homePath(env)), 'filters.json');

const fail = (sentence: string, cause?: unknown): CliError =>
  new CliError('filters', 'usage', sentence, { cause });

/** @returns what is wrong with a name; undefined where nothing is */
export function nameFault(name: string): string | undefined {
  if (name.trim() === '') return 'a name has one character at least';
  return name.length > MAX_NAME ? `a name has at most ${MAX_NAME} characters` : undefined;
}

/** As a stored question has it: names of flags and their values. */
type Written = Readonly<Record<string, unknown>>;

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

function readOne(name: string, written: unknown): SavedFilter {
  const nothing = { name, filter: { columns: {}, query: '' } };
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    return { ...nothing, fault: 'it is no object of flags and their values' };
  const columns: Record<string, readonly string[]> = {};
  let query = '';
  for (const [key, value] of Object.entries(written as Written)) {
    if (key === 'query' && typeof value === 'string') query = value;
    else if (isFilterParameter(key) && isTexts(value))
      columns[flagName(findColumn(key)?.name ?? key)] = value;
    else return { ...nothing, fault: `it has ${JSON.stringify(key)}, which is no flag with a list of texts` };
  }
  const filter = { columns, query };
  try {
    filterQuery(filterValues(filter));
    return { name, filter, fault: undefined };
  } catch (error) {
    return { name, filter, fault: (error as Error).message };
  }
}

/** The filters that a person has kept under names: a file that is whole at any moment, and for its owner's eyes alone. */
export class SavedFilters {
  constructor(readonly path: string) {}

  /** @returns them by their names; none where there is no file @throws CliError `usage` for a file that is none */
  list(): SavedFilter[] {
    return Object.entries(this.#read())
      .map(([name, written]) => readOne(name, written))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Keeps a filter, in the place of one of that name. @throws CliError `usage` */
  save(name: string, { columns, query }: FilterState): void {
    const fault = nameFault(name);
    if (fault !== undefined) throw fail(fault);
    const written = { ...columns, ...(query !== '' && { query }) };
    this.#write({ ...this.#read(), [name.trim()]: written });
  }

  /** @throws CliError `usage` */
  remove(name: string): void {
    const { [name]: _, ...others } = this.#read();
    this.#write(others);
  }

  #read(): Written {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw fail(`${this.path}: ${fileFault(cause)}`, cause);
    }
    let found: unknown;
    try {
      found = JSON.parse(text);
    } catch (cause) {
      throw fail(`${this.path} is no JSON (${(cause as Error).message}); mend it by hand`, cause);
    }
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Written;
    throw fail(`${this.path} is no JSON object of filters; mend it by hand`);
  }

  #write(filters: Written): void {
    const whole = `${this.path}.${process.pid}.new`;
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      writeFileSync(whole, `${JSON.stringify(filters, null, 2)}\n`, { mode: 0o600 });
      renameSync(whole, this.path);
    } catch (cause) {
      throw fail(`filters cannot be kept: ${(cause as Error).message}`, cause);
    }
  }
}
