import { Injectable } from '@nestjs/common';
import { type ColumnName } from '#columns';
import { FilterError, filterColumns, formatFilter, parseFilter } from '#filter';

/** What is wrong with a text of the language, and where. */
export interface QueryFault {
  /** One sentence: where, which text, what is allowed. */
  readonly detail: string;
  readonly code: string;
  /** The text at fault, as it was written. */
  readonly value: string;
  /** In UTF-16 units from 0. */
  readonly offset: number;
  readonly length: number;
  /** From 1. */
  readonly line: number;
  /** From 1, within the line. */
  readonly column: number;
  /** What is allowed there. */
  readonly allowed: string;
}

/** Whether a text is one of the language, and what it means. */
export type ValidationJson =
  | {
      readonly valid: true;
      /** The same filter as the language writes it: names and values in one form. */
      readonly query: string;
      readonly columns: readonly ColumnName[];
    }
  | { readonly valid: false; readonly problem: QueryFault };

/** Checks texts of the query language. */
@Injectable()
export class ValidateService {
  validate(text: string): ValidationJson {
    // No text asks for nothing: it takes everything, as no parameter does.
    if (text.trim() === '') return { valid: true, query: '', columns: [] };
    try {
      const filter = parseFilter(text);
      return { valid: true, query: formatFilter(filter), columns: [...filterColumns(filter)] };
    } catch (error) {
      if (error instanceof FilterError) return { valid: false, problem: faultOf(error) };
      throw error;
    }
  }
}

function faultOf(error: FilterError): QueryFault {
  const { message, code, value, offset = 0, length = value.length, line = 1, column = offset + 1 } = error;
  return { detail: message, code, value, offset, length, line, column, allowed: error.allowed };
}
