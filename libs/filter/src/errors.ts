export type FilterErrorCode =
  /** The text is not of the column's form. */
  | 'malformed'
  /** A number, a range or a time beyond what the column can hold. */
  | 'out_of_range'
  /** Not one of the column's values or flags. */
  | 'unknown_value'
  /** More values than one query may have. */
  | 'too_many';

export interface FilterFault {
  readonly code: FilterErrorCode;
  /** The parameter or flag as the user wrote it: `ip-src`. */
  readonly field: string;
  /** The value as the user wrote it. */
  readonly value: string;
  /** Where the value starts in the text that was parsed, in UTF-16 units from 0. */
  readonly offset?: number;
  /** What is allowed, to follow "use": `a number from 0 to 65535`. */
  readonly allowed: string;
  /** What is wrong, to follow the value: `is not a number`. */
  readonly problem: string;
}

const SHOWN = 80;

const quote = (text: string): string =>
  JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

/** A filter or a time that the user must correct. The message is one sentence: field, value, what is allowed. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  readonly op = 'filter';
  readonly code: FilterErrorCode;
  readonly field: string;
  readonly value: string;
  readonly offset: number | undefined;

  constructor(fault: FilterFault, options?: ErrorOptions) {
    super(`${fault.field}: ${quote(fault.value)} ${fault.problem}; use ${fault.allowed}.`, options);
    this.code = fault.code;
    this.field = fault.field;
    this.value = fault.value;
    this.offset = fault.offset;
  }
}
