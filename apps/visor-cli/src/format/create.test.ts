import { describe, expect, it } from 'vitest';
import { rowJson } from '../testing/rows.js';
import { Clock } from './clock.js';
import { createFormatter, type FormatterOptions } from './create.js';
import { formatOf } from './flags.js';
import { hubForm, outputFormats, wantsHops } from './output-format.js';
import { paint } from './paint.js';

const options: FormatterOptions = {
  paint: paint(false),
  clock: new Clock(() => 0, { format: 'rfc3339', utc: true }),
  width: Infinity,
  isTerminal: false,
  hops: false,
  live: false,
};

describe('createFormatter', () => {
  it.each(outputFormats)('%s prints rows, and nothing twice', async (format) => {
    const formatter = await createFormatter(format, options);
    const parts = [await formatter.rows([rowJson({ dport: 443 })]), await formatter.end()];
    const text = Buffer.concat(parts.map((part) => Buffer.from(part))).toString('latin1');
    expect(text.split('10.0.1.2')).toHaveLength(2);
    expect(formatter.note !== undefined).toBe(['compact', 'wide', 'table', 'tree'].includes(format));
    expect(text.includes('443(https)')).toBe(formatter.note !== undefined);
  });

  it('shows numbers alone where it is asked to', async () => {
    const formatter = await createFormatter('compact', { ...options, numeric: true });
    expect(await formatter.rows([rowJson({ dport: 443 })])).toContain(':443 tcp');
  });

  it.each(['compact', 'tree'] as const)('%s has no columns to choose', async (format) => {
    await expect(createFormatter(format, { ...options, columns: 'ts' })).rejects.toThrow(
      `--columns: -o ${format} has no columns to choose; give -o table, wide, csv, json, jsonl or arrow with it`,
    );
  });

  it('gives no bytes to a terminal', async () => {
    const message = '-o arrow: a terminal shows no bytes; write them to a file or into a pipe: > rows.arrow';
    await expect(createFormatter('arrow', { ...options, isTerminal: true })).rejects.toThrow(message);
  });
});

describe('forms', () => {
  it.each([
    ['jsonl', undefined, 'jsonl'],
    ['csv', undefined, 'csv'],
    ['arrow', undefined, 'arrow'],
    ['csv', '+ttl', undefined],
    ['json', undefined, undefined],
    ['table', undefined, undefined],
  ] as const)('%s with columns %s is the hub’s %s', (format, columns, form) => {
    expect(hubForm(format, columns)).toBe(form);
  });

  it('are compact, or a table where columns are chosen, unless one is given', () => {
    const flags = { numeric: false, resolve: false };
    expect([formatOf(flags), formatOf({ ...flags, columns: '+ttl' })]).toEqual(['compact', 'table']);
    expect(formatOf({ ...flags, columns: '+ttl', output: 'csv' })).toBe('csv');
    expect(outputFormats.filter(wantsHops)).toEqual(['tree']);
  });
});
