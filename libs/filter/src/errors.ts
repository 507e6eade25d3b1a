export type FilterErrorCode =
  /** The text is not of the column's form. */
  | 'malformed'
  /** A number, a range or a time beyond what the column can hold. */
  | 'out_of_range'
  /** Not one of the column's values or flags. */
  | 'unknown_value'
  /** More values than one query may have. */
  | 'too_many'
  /** The text of the language breaks off, or has something where it cannot stand. */
  | 'syntax'
  /** No column has that name. */
  | 'unknown_column'
  /** The column has no such operator, or what it is compared with is of another type. */
  | 'wrong_type'
  /** A text, a regular expression or parentheses beyond a limit. */
  | 'too_large';

/** A part of a text, in UTF-16 units. */
export interface Place {
  /** From 0. */
  readonly offset: number;
  readonly length: number;
  /** From 1. */
  readonly line: number;
  /** From 1, within the line. */
  readonly column: number;
}

export interface FilterFault {
  readonly code: FilterErrorCode;
  /** The parameter or flag as the user wrote it: `ip-src`, `query`. */
  readonly field: string;
  /** The value as the user wrote it. */
  readonly value: string;
  /** Where the value starts in the text that was parsed, in UTF-16 units from 0. */
  readonly offset?: number;
  /** Where the fault lies in a text of the language. */
  readonly place?: Place;
  /** The column that the value is for, where `field` does not name it. */
  readonly subject?: string;
  /** What is allowed, to follow "use": `a number from 0 to 65535`. */
  readonly allowed: string;
  /** What is wrong, to follow the value: `is not a number`. */
  readonly problem: string;
}

const SHOWN = 80;

const quote = (text: string): string =>
  JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

/** @returns the place of a part of `text`, its line and column counted */
export function placeOf(text: string, offset: number, length: number): Place {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { offset, length, line: before.split('\n').length, column: offset - lineStart + 1 };
}

function messageOf({ field, place, subject, value, problem, allowed }: FilterFault): string {
  const where = place ? `${field}, line ${place.line}, column ${place.column}` : field;
  // At the end of a text there is nothing to show.
  const shown = value === '' && place?.length === 0 ? '' : `${quote(value)} `;
  return `${where}: ${subject === undefined ? '' : `${subject} `}${shown}${problem}; use ${allowed}.`;
}

/**
 * A filter or a time that the user must correct. The message is one sentence: field, place, value, what is allowed.
 * `line`, `column` and `length` are known where a text of the language was parsed.
 */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  readonly op = 'filter';
  readonly code: FilterErrorCode;
  readonly field: string;
  readonly value: string;
  readonly offset: number | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly length: number | undefined;
  /** What is allowed there, to follow "use". */
  readonly allowed: string;
  /** What is wrong, to follow the value. */
  readonly problem: string;

  constructor(fault: FilterFault, options?: ErrorOptions) {
    super(messageOf(fault), options);
    this.code = fault.code;
    this.field = fault.field;
    this.value = fault.value;
    this.offset = fault.place?.offset ?? fault.offset;
    this.line = fault.place?.line;
    this.column = fault.place?.column;
    this.length = fault.place?.length;
    this.allowed = fault.allowed;
    this.problem = fault.problem;
  }
}
