import { describe, expect, it } from 'vitest';
import { rowJson } from '../testing/rows.js';
import { JsonFormatter, JsonLinesFormatter } from './json.js';

const a = rowJson({ rule: 'x\x1b[2J\u202e' });
const b = '{"packet_id":"18446744073709551615", "unknown": 1.50}';

describe('jsonl', () => {
  it('keeps every byte', () => {
    const formatter = new JsonLinesFormatter();
    expect(formatter.rows([a, b]) + formatter.rows([]) + formatter.end()).toBe(`${a}\n${b}\n`);
  });
});

describe('json', () => {
  it.each([[[]], [[[a]]], [[[a, b]]], [[[a], [], [b]]]])(
    'is one array, however the rows come',
    (parts: string[][]) => {
      const formatter = new JsonFormatter();
      const text = parts.map((part) => formatter.rows(part)).join('') + formatter.end();
      expect(JSON.parse(text)).toEqual(parts.flat().map((row) => JSON.parse(row) as unknown));
      expect(text.endsWith(']\n')).toBe(true);
    },
  );
});
