import { type RowFormat } from './row-query.js';

const types = {
  'application/json': 'json',
  'application/x-ndjson': 'jsonl',
  'application/jsonl': 'jsonl',
} as const satisfies Record<string, RowFormat>;

export const contentTypes = {
  json: 'application/json; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
} satisfies Record<RowFormat, string>;

/** @returns the first format that an Accept header names; JSON when it names none */
export function acceptedFormat(accept: string | undefined): RowFormat {
  for (const part of (accept ?? '').split(',')) {
    const type = part.split(';')[0]?.trim().toLowerCase() ?? '';
    if (type in types) return types[type as keyof typeof types];
  }
  return 'json';
}
