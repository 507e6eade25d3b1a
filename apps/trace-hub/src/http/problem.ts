import { STATUS_CODES } from 'node:http';
import { type FilterError } from '#filter';

/** RFC 9457 problem details, with the faulty parameter. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** One sentence: what, which value, what is allowed. */
  readonly detail: string;
  /** The parameter, as it was written. */
  readonly field?: string | undefined;
  /** What of it is at fault, as it was written: the whole value, or the part of a text or list. */
  readonly value?: string | undefined;
  /** Where in the whole parameter it goes wrong, in UTF-16 units from 0. */
  readonly offset?: number | undefined;
  /** Of a text of the query language: the same place as line and column, from 1, and how long the faulty part is. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly length?: number | undefined;
  /** The setting of the hub that a query met: `query.timeout`. */
  readonly limit?: string | undefined;
}

/** Control characters, halves of surrogate pairs, ends of lines, and what turns the direction of a text around. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** @returns the text as one line that does nothing to a terminal: such characters as \u0000 */
const printable = (text: string): string =>
  text.replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** An answer that is no success; thrown anywhere in a request, it becomes the problem document. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: number,
    detail: string,
    readonly fault: Omit<ProblemDetails, 'type' | 'title' | 'status' | 'detail'> = {},
    options?: { cause?: unknown },
  ) {
    super(printable(detail), options);
  }

  /** Seconds after which the same request may do better; becomes the header Retry-After. */
  retryAfter_s: number | undefined;

  get details(): ProblemDetails {
    const title = STATUS_CODES[this.status] ?? 'Error';
    return { type: 'about:blank', title, status: this.status, detail: this.message, ...this.fault };
  }
}

export const badParameter = (
  field: string,
  value: string,
  detail: string,
  options: { offset?: number | undefined; cause?: unknown } = {},
): Problem => new Problem(400, detail, { field, value, offset: options.offset }, { cause: options.cause });

/** What people ask for and cannot have: the parameter, and the place in it. */
export function problemOfFilter(error: FilterError): Problem {
  const { field, value, offset, line, column, length } = error;
  return new Problem(
    400,
    error.message,
    { field, value: shown(value), offset, line, column, length },
    { cause: error },
  );
}

const shownLength = 200;
const shown = (value: string): string =>
  value.length > shownLength ? `${value.slice(0, shownLength)}…` : value;

export const unavailable = (detail: string, cause?: unknown): Problem =>
  new Problem(503, detail, {}, { cause });
