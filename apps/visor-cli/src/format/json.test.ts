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

describe('chosen columns', () => {
  it('are in the order that was asked for, their values as they were sent', () => {
    const formatter = new JsonLinesFormatter('dport,rule,packet_id');
    expect(formatter.rows([a])).toBe(
      '{"dport":8443,"rule":"x\\u001b[2J\u202e","packet_id":"9007199254740993"}\n',
    );
    expect(new JsonFormatter('dport').rows([a, a])).toBe('[\n{"dport":8443},\n{"dport":8443}');
  });

  it('that the hub did not send stay absent', () => {
    expect(new JsonLinesFormatter('ts,ttl').rows(['{"ttl":0}'])).toBe('{"ttl":0}\n');
  });

  it('are all but those that were left out', () => {
    const row = JSON.parse(new JsonLinesFormatter('-rule').rows([a])) as object;
    const { rule: _, ...rest } = JSON.parse(a) as { rule: string };
    expect(row).toEqual(rest);
  });

  it.each(['rul', 'source', ''])('%j is refused', (chosen) => {
    expect(() => new JsonLinesFormatter(chosen)).toThrow(/^--columns: /);
    expect(() => new JsonFormatter(chosen)).toThrow(/^--columns: /);
  });
});
