import { describe, expect, it } from 'vitest';
import { accepted } from './accept.js';

const types = {
  'application/json': 'json',
  'application/x-ndjson': 'jsonl',
  'application/jsonl': 'jsonl',
  'text/csv': 'csv',
  'application/vnd.apache.arrow.stream': 'arrow',
} as const;

describe('an Accept header', () => {
  it.each([
    [undefined, 'json'],
    ['', 'json'],
    ['text/csv', 'csv'],
    ['TEXT/CSV; header=present', 'csv'],
    ['application/jsonl', 'jsonl'],
    ['application/x-ndjson;q=0.5, text/csv;q=0.9', 'csv'],
    ['text/csv;q=0.9, application/x-ndjson', 'jsonl'],
    ['text/csv, application/x-ndjson', 'csv'],
    ['text/csv; q=0.000', 'json'],
    ['text/csv;q=0, */*', 'json'],
    ['application/json;q=0, */*', 'jsonl'],
    ['*/*, text/csv', 'csv'],
    ['text/csv;q=0.5, */*;q=0.1', 'csv'],
    ['text/*', 'csv'],
    ['text/*, text/csv;q=0', 'json'],
    ['application/*', 'json'],
    ['*/*', 'json'],
    ['*/*;q=0', 'json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'json'],
    ['text/html', 'json'],
    ['text/csv;q=zz', 'csv'],
    ['text/csv;q=-1', 'csv'],
    [';;,,;q=1, constructor', 'json'],
  ])('%j gets %s', (header, form) => {
    expect(accepted(header, types)).toBe(form);
  });
});
