import { accepted } from '../http/accept.js';
import { type RowFormat } from './row-query.js';

const types = {
  'application/json': 'json',
  'application/x-ndjson': 'jsonl',
  'application/jsonl': 'jsonl',
  'text/csv': 'csv',
  'application/vnd.apache.arrow.stream': 'arrow',
} as const satisfies Record<string, RowFormat>;

export const contentTypes = {
  json: 'application/json; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  arrow: 'application/vnd.apache.arrow.stream',
} satisfies Record<RowFormat, string>;

/** @returns the format that an Accept header wants most; JSON when it wants none of them */
export const acceptedFormat = (accept: string | undefined): RowFormat => accepted(accept, types) ?? 'json';
