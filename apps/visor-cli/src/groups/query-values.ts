import { type Query } from '#api-client';
import { filterQuery } from '../filters/filter-query.js';
import { timeQuery } from '../time-flags.js';

/** What of a question for groups or series a flag, or a stored question, says. */
export const questionNames = [
  'by',
  'select',
  'having',
  'sort',
  'limit',
  'bucket',
  'step',
  'others',
  'since',
  'until',
] as const;
export type QuestionName = (typeof questionNames)[number];

/** A question as it is written: names of flags, with `-` as in flags, and their values. */
export type Question = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

const textOf = (value: Question[string]): string | undefined =>
  value === undefined ? undefined : typeof value === 'object' ? value.join(',') : String(value);

/**
 * @param nowUs µs since 1970
 * @returns the parameters of GET /api/v1/aggregate and /series
 * @throws FilterError, CliError `usage`
 */
export function questionQuery(question: Question, nowUs: number): Query {
  const given: Record<string, string> = {};
  for (const name of questionNames) {
    const text = textOf(question[name]);
    if (text !== undefined && name !== 'since' && name !== 'until') given[name] = text;
  }
  return {
    ...given,
    ...filterQuery(question),
    ...timeQuery({ since: textOf(question['since']), until: textOf(question['until']) }, nowUs),
  };
}
