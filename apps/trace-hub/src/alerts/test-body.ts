import { type TimeOptions, FilterError, parseTime } from '#filter';
import { fieldsOfBody } from '../http/json-body.js';
import { badParameter, Problem, problemOfFilter } from '../http/problem.js';
import { shown } from '../http/raw-query.js';

/** What to run over stored packets. */
export interface TestBody {
  /** The name of a rule in force. */
  readonly rule?: string;
  /** A rule's text. */
  readonly yaml?: string;
  /** RFC 3339, or how long ago: `15m`, `1d`. */
  readonly since?: string;
  readonly until?: string;
}

/** … checked. */
export interface TestRequest {
  readonly rule: { readonly name: string } | { readonly yaml: string };
  /** µs */
  readonly sinceUs: number;
  readonly untilUs: number;
}

const names = ['rule', 'yaml', 'since', 'until'] as const;
const example = 'send {"rule": "port-scan", "since": "1d"} or {"yaml": "…"}';
const usualSince = '1d';

function textsOf(raw: unknown): TestBody {
  const fields = fieldsOfBody(raw, names, example);
  for (const [name, value] of Object.entries(fields))
    if (typeof value !== 'string') throw badParameter(name, '', `${name} is no text; ${example}`);
  return fields as TestBody;
}

function timeOf(text: string, nowUs: number, options: TimeOptions): number {
  try {
    return parseTime(text, nowUs, options);
  } catch (error) {
    throw error instanceof FilterError ? problemOfFilter(error) : error;
  }
}

/** @throws Problem 400 where the body is none of these */
export function readTestBody(raw: unknown, nowUs: number): TestRequest {
  const { rule, yaml, since = usualSince, until } = textsOf(raw);
  if ((rule === undefined) === (yaml === undefined))
    throw new Problem(
      400,
      `the body has ${rule === undefined ? 'neither' : 'both'} rule and yaml; ${example}`,
    );
  const sinceUs = timeOf(since, nowUs, { field: 'since' });
  const untilUs = until === undefined ? nowUs : timeOf(until, nowUs, { field: 'until' });
  if (sinceUs >= untilUs)
    throw badParameter('since', shown(since), `since: "${shown(since)}" is not before until`);
  return { rule: rule === undefined ? { yaml: yaml ?? '' } : { name: rule }, sinceUs, untilUs };
}
