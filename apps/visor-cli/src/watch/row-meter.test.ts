import { describe, expect, it } from 'vitest';
import { rowJson } from '../testing/rows.js';
import { RowMeter } from './row-meter.js';

const ts = (second: number): string => `2026-11-21T14:03:${second}.000000Z`;
const jsonl = [10, 11, 12].map((second) => `${rowJson({ ts: ts(second) })}\n`).join('');
const csv = [
  '"ts","rule","len"\r\n',
  `"${ts(10)}","a ""quoted"" one",1\r\n`,
  `"${ts(11)}","two\nlines, ""\n""",2\r\n`,
  `"${ts(12)}","",3\r\n`,
].join('');

/** @returns the texts that it lets through of chunks of that many bytes */
function pass(meter: RowMeter, text: string, size: number): string[] {
  const bytes = Buffer.from(text);
  const out: string[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const parts = meter.take(bytes.subarray(at, at + size));
    if (parts.length > 0) out.push(Buffer.concat(parts).toString());
  }
  return out;
}

describe('RowMeter', () => {
  it.each([1, 2, 3, 7, 64, 1000, 100_000])('counts rows of JSON lines in chunks of %d bytes', (size) => {
    const meter = new RowMeter('jsonl');
    const parts = pass(meter, jsonl, size);
    expect(parts.join('')).toBe(jsonl);
    expect(parts.every((part) => part.endsWith('}\n'))).toBe(true);
    expect({ count: meter.count, first: meter.first, last: meter.last }).toEqual({
      count: 3,
      first: ts(10),
      last: ts(12),
    });
    expect(meter.rest()).toEqual([]);
  });

  it.each([1, 2, 3, 7, 64, 1000])('counts rows of CSV, not lines, in chunks of %d bytes', (size) => {
    const meter = new RowMeter('csv');
    const parts = pass(meter, csv, size);
    expect(parts.join('')).toBe(csv);
    expect(parts.every((part) => part.endsWith('\r\n'))).toBe(true);
    expect({ count: meter.count, first: meter.first, last: meter.last }).toEqual({
      count: 3,
      first: ts(10),
      last: ts(12),
    });
  });

  it('knows of none', () => {
    for (const [form, text] of [
      ['jsonl', ''],
      ['csv', '"ts","rule"\r\n'],
    ] as const) {
      const meter = new RowMeter(form);
      expect(pass(meter, text, 4).join('')).toBe(text);
      expect({ count: meter.count, first: meter.first, last: meter.last }).toEqual({
        count: 0,
        first: '',
        last: '',
      });
    }
  });

  it('holds a row back that is not whole', () => {
    const meter = new RowMeter('jsonl');
    expect(pass(meter, jsonl.slice(0, -5), 100).join('')).toBe(
      jsonl.slice(0, jsonl.slice(0, -5).lastIndexOf('\n') + 1),
    );
    expect(meter.count).toBe(2);
    expect(Buffer.concat(meter.rest()).toString()).toBe(
      `${jsonl.slice(jsonl.lastIndexOf('{', jsonl.length - 2), -5)}\n`,
    );
    expect(meter.count).toBe(3);
  });

  it('refuses a row that has no end', () => {
    const meter = new RowMeter('jsonl');
    const chunk = Buffer.alloc(2 ** 20, 'a');
    expect(() => {
      for (let i = 0; i < 5; i++) meter.take(chunk);
    }).toThrow('a row of more than 4194304 bytes');
  });
});
