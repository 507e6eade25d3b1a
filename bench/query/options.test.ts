import { expect, it } from 'vitest';
import { parseOptions } from './options.js';

it('has defaults, and a short form', () => {
  expect(parseOptions([])).toMatchObject({ rows: 50_000_000, days: 7, runs: 50, reuse: false, json: false });
  expect(parseOptions(['--short', '--runs', '7', '--reuse'])).toMatchObject({
    rows: 300_000,
    days: 1,
    runs: 7,
    reuse: true,
  });
  expect(parseOptions(['--directory', '/tmp/x/../y']).directory).toBe('/tmp/y');
});

it.each([
  [['--rows', '9999'], '--rows: "9999" is not a whole number of 10000 or more'],
  [['--runs', 'many'], '--runs: "many" is not a whole number of 1 or more'],
  [['--nonsense'], "Unknown option '--nonsense'"],
])('says what is wrong with %j', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
