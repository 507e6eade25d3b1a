import { expect, it } from 'vitest';
import { parseOptions } from './options.js';

it('has defaults, and a short form of all', () => {
  expect(parseOptions([])).toMatchObject({
    parts: ['backlog', 'end-to-end', 'latency'],
    seconds: 60,
    rate: 100_000,
    backlogRows: 5_000_000,
  });
  expect(parseOptions(['--short', '--rate', '5000'])).toMatchObject({ seconds: 4, rate: 5000 });
});

it.each([
  [['--parts', 'nats'], '--parts: there is no part "nats"; use backlog, end-to-end, latency'],
  [['--seconds', '1.5'], '--seconds: "1.5" is not a whole number of 1 or more'],
  [['--rows', '0'], '--rows: "0" is not a whole number of 1 or more'],
  [['--nonsense'], "Unknown option '--nonsense'"],
])('says what is wrong with %j', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
