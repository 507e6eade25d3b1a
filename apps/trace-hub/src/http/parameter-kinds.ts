import { type ApiQueryOptions } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import { parseTime } from '#filter';

type Schema = NonNullable<Extract<ApiQueryOptions, { schema?: unknown }>['schema']>;

export interface ParseContext {
  /** The parameter's name, for errors. */
  readonly field: string;
  /** µs since 1970; the same for all parameters of a request. */
  readonly nowUs: number;
}

/** What a parameter's values are: how they are read, checked, and told to people. */
export interface ParameterKind {
  /** Text of the URL to the value; what it cannot read it gives back for the checks to refuse. @throws Problem, FilterError */
  readonly parse: (text: string, context: ParseContext) => unknown;
  readonly checks: readonly PropertyDecorator[];
  /** To follow the value in an error: `is not a number of rows`. */
  readonly fault: string;
  /** To follow "use": `one from 1 to 10000`. */
  readonly allowed: string;
  readonly schema: Schema;
  /** Whether the parameter may come again; the value is then a list. */
  readonly several?: boolean;
  /** Whether tabs and line breaks may be in it. */
  readonly multiline?: boolean;
}

/** A whole number. @param what to follow "is not": `a number of rows` */
export function wholeNumber(range: { min: number; max: number; what?: string }): ParameterKind {
  const { min, max, what = 'a whole number' } = range;
  return {
    parse: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text),
    checks: [IsInt(), Min(min), Max(max)],
    fault: `is not ${what}`,
    allowed: `one from ${min} to ${max}`,
    schema: { type: 'integer', minimum: min, maximum: max },
  };
}

/** One of some words. */
export function oneOf(words: readonly string[]): ParameterKind {
  return {
    parse: (text) => text,
    checks: [IsIn([...words])],
    fault: 'is not known',
    allowed: words.join(' or '),
    schema: { type: 'string', enum: [...words] },
  };
}

/** true or false. */
export function yesNo(): ParameterKind {
  return {
    parse: (text) => (text === 'true' ? true : text === 'false' ? false : text),
    checks: [IsBoolean()],
    fault: 'is not known',
    allowed: 'true or false',
    schema: { type: 'boolean' },
  };
}

/** A time with an offset whose `+` was not encoded: in a URL that is a space. Nothing else looks like it. */
const unencodedOffset = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) (\d\d:\d\d)$/i;

/** A time; the value is µs since 1970. */
export function time(): ParameterKind {
  return {
    parse: (text, { field, nowUs }) => parseTime(text.replace(unencodedOffset, '$1+$2'), nowUs, { field }),
    checks: [],
    fault: 'is not a time',
    allowed: 'a time',
    schema: { type: 'string' },
  };
}

/** Text that a pattern describes as a whole. */
export function text(options: { pattern: RegExp; fault: string; allowed: string }): ParameterKind {
  const { pattern, fault, allowed } = options;
  return {
    parse: (given) => given,
    checks: [Matches(pattern)],
    fault,
    allowed,
    schema: { type: 'string', pattern: pattern.source },
  };
}

/** Text that `parse` reads or refuses by itself. */
export function parsed(parse: ParameterKind['parse'], schema: Schema = { type: 'string' }): ParameterKind {
  return { parse, checks: [], fault: 'is not understood', allowed: 'another', schema };
}

/** A parameter that may come again: its values are a list. */
export function several(kind: ParameterKind): ParameterKind {
  return { ...kind, several: true, schema: { type: 'array', items: kind.schema } };
}
