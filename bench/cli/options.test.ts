import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.js';

describe('parseOptions', () => {
  it('has a long form and a short one', () => {
    expect(parseOptions([])).toMatchObject({ rows: 3_000_000, runs: 20, reuse: false, json: false });
    expect(parseOptions(['--short', '--runs', '7'])).toMatchObject({ rows: 300_000, runs: 7 });
    expect(parseOptions(['--directory', '/d', '--reuse'])).toMatchObject({ directory: '/d', reuse: true });
  });

  it.each([
    [['--rows', '5'], '--rows: "5" is not a whole number of 10000 or more'],
    [['--runs', 'x'], '--runs: "x" is not a whole number of 1 or more'],
    [['--days', '1'], "Unknown option '--days'"],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
