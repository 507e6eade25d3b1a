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

/** @returns the first format that an Accept header names; JSON when it names none */
export function acceptedFormat(accept: string | undefined): RowFormat {
  for (const part of (accept ?? '').split(',')) {
    const type = part.split(';')[0]?.trim().toLowerCase() ?? '';
    if (Object.hasOwn(types, type)) return types[type as keyof typeof types];
  }
  return 'json';
}
