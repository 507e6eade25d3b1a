import { Parser } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { formatFlags } from './flags.js';

const parse = async (...argv: string[]): Promise<Record<string, unknown>> =>
  (await Parser.parse(argv, { flags: formatFlags, strict: true })).flags as Record<string, unknown>;

describe('flags of output', () => {
  it.each([
    [['--columns', '+ttl,-agent_id'], '+ttl,-agent_id'],
    [['--columns', '-agent_id'], '-agent_id'],
    [['--columns=-agent_id'], '-agent_id'],
    [['--columns', 'ts,ip_src', '-o', 'csv'], 'ts,ip_src'],
  ])('%j chooses columns', async (argv, columns) => {
    expect(await parse(...argv)).toMatchObject({ columns });
  });

  it('take back what the environment or a file sets', async () => {
    expect(await parse('--numeric', '--no-resolve')).toMatchObject({ numeric: true, resolve: false });
  });

  it('refuse a form that is none', async () => {
    await expect(parse('-o', 'xml')).rejects.toThrow(/compact, wide, table, tree, json, jsonl, csv, arrow/);
  });
});
