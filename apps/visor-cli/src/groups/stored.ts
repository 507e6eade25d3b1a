import { findColumn, flagName } from '#columns';
import { isFilterParameter, suggestColumn } from '#filter';
import { readFileSync, writeFileSync } from 'node:fs';
import { CliError } from '../errors.js';
import { type Question, questionNames } from './query-values.js';

const usage = (sentence: string, cause?: unknown): CliError =>
  new CliError('query', 'usage', sentence, { cause });

const names: readonly string[] = [...questionNames, 'query', 'not-query'];

/** @returns the name as flags have it @throws CliError `usage` */
function nameOf(name: string, path: string): string {
  const flag = name.replaceAll('_', '-');
  if (names.includes(flag)) return flag;
  if (isFilterParameter(name)) return flagName(findColumn(name)?.name ?? name);
  const nearest = suggestColumn(name);
  const hint =
    nearest === undefined
      ? `use ${names.slice(0, -1).join(', ')}, or a column`
      : `did you mean "${flagName(nearest)}"?`;
  throw usage(`--stored: ${path} has the key ${JSON.stringify(name)}, which no question has; ${hint}`);
}

const isText = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

function valueOf(name: string, key: string, value: unknown, path: string): Question[string] {
  const filters = isFilterParameter(name);
  if (isText(value)) return filters ? [String(value)] : String(value);
  if (typeof value === 'boolean') return filters ? [String(value)] : value;
  if (Array.isArray(value) && value.every(isText)) return value.map(String);
  throw usage(
    `--stored: ${path} has for ${JSON.stringify(key)} ${JSON.stringify(value).slice(0, 60)}; use a text, a number, or a list of them`,
  );
}

/**
 * @param path of a JSON file with names of flags and their values, `{"by": "ip-src", "since": "1h", "dport": [80, 443]}`;
 * `-`: standard input
 * @throws CliError `usage`
 */
export function readStored(path: string): Question {
  const shown = path === '-' ? 'standard input' : path;
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    throw usage(`--stored: ${(cause as Error).message}; give the path of a stored question, or -`, cause);
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw usage(`--stored: ${shown} is no JSON (${(cause as Error).message}); --save writes one`, cause);
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    throw usage(`--stored: ${shown} is no JSON object; use one such as {"by": "ip-src", "since": "1h"}`);
  const question: Record<string, Question[string]> = {};
  for (const [key, value] of Object.entries(found)) {
    const name = nameOf(key, shown);
    question[name] = valueOf(name, key, value, shown);
  }
  return question;
}

/** @param given flags @returns those of them that belong to a question */
export function questionOf(given: Readonly<Record<string, unknown>>): Question {
  const question: Record<string, Question[string]> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || !(names.includes(name) || isFilterParameter(name))) continue;
    question[name] = value as Question[string];
  }
  return question;
}

/** Writes the question as readStored() reads it: times as they were given, so that 1h is an hour ago then, too. */
export function saveQuestion(path: string, question: Question): void {
  try {
    writeFileSync(path, `${JSON.stringify(question, null, 2)}\n`);
  } catch (cause) {
    throw usage(`--save: ${(cause as Error).message}; give the path of a file that can be written`, cause);
  }
}
