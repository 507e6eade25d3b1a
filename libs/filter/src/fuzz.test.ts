import fc from 'fast-check';
import { expect, it } from 'vitest';
import { complete } from './complete.js';
import { FilterError } from './errors.js';
import { formatFilter } from './format.js';
import { parseFilter } from './parse.js';
import { toPredicate } from './predicate.js';
import { toSql } from './sql.js';
import { rowArbitrary, textArbitrary } from './testing/arbitraries.js';
import { rowSource } from './testing/rows.js';

const RUNS = 3000;
const rows = fc.sample(rowArbitrary, { numRuns: 20, seed: 6 });

const pieces = fc.constantFrom(
  ...[
    'dport',
    'ip-src',
    'sg',
    'chain',
    'tcp-flags',
    'ts',
    'fate',
    'decisive',
    'rule',
    '==',
    '!=',
    '<',
    '~',
    '!',
    'not',
    'in',
  ],
  ...[
    'and',
    'or',
    '(',
    ')',
    ',',
    '-',
    '..',
    '"',
    "'",
    '`',
    '\\',
    '#',
    '/*',
    '//',
    '80',
    '0x',
    '10.0.0.1',
    '::/0',
    'SYN',
    ' ',
  ],
  ...['\n', '\0', '\ud800', '😀', '{p0:String}', '15m', 'contains', 'é', '|', '&', '%', '*', '[', '$'],
);

const garbage = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(pieces, { maxLength: 25 }).map((list) => list.join(' ')),
  fc.array(pieces, { maxLength: 25 }).map((list) => list.join('')),
);

/** A right text with something in it that was not. */
const damaged = fc.tuple(textArbitrary(rows), fc.nat(), fc.nat(5), garbage).map(([text, at, cut, more]) => {
  const start = at % (text.length + 1);
  return text.slice(0, start) + more.slice(0, 5) + text.slice(start + cut);
});

it('a text is a filter that works, or a FilterError with its place in the text', () => {
  let wrong = 0;
  fc.assert(
    fc.property(fc.oneof(garbage, damaged), (text) => {
      try {
        const filter = parseFilter(text);
        expect(toSql(filter).sql).not.toBe('');
        toPredicate(filter)(rowSource(rows))(0);
        formatFilter(filter);
      } catch (error) {
        wrong++;
        expect(error).toBeInstanceOf(FilterError);
        const { message, offset = -1, length = -1, line, column } = error as FilterError;
        expect(message).toMatch(/^query, line \d+, column \d+: .+; use .+\.$/su);
        expect(offset >= 0 && length >= 0 && offset + length <= text.length, message).toBe(true);
        const before = text.slice(0, offset).split('\n');
        expect([line, column]).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1]);
      }
    }),
    { numRuns: RUNS },
  );
  expect(wrong).toBeGreaterThan(RUNS / 3);
  expect(wrong).toBeLessThan(RUNS);
});

it('any place of any text can be completed, within the text', () => {
  fc.assert(
    fc.property(fc.oneof(garbage, damaged, textArbitrary(rows)), fc.nat(100), (text, cursor) => {
      const { from, to, items, prefix } = complete(text, cursor);
      expect(from >= 0 && from <= to && to <= text.length).toBe(true);
      for (const item of items) expect(item.text.length).toBeGreaterThanOrEqual(prefix.length);
    }),
    { numRuns: RUNS },
  );
});

it('what is proposed goes on with the text, wherever it is broken off', () => {
  let proposed = 0;
  fc.assert(
    fc.property(textArbitrary(rows), fc.nat(), (text, at) => {
      const cursor = at % (text.length + 1);
      const { from, items } = complete(text.slice(0, cursor), cursor);
      for (const item of items.slice(0, 5)) {
        proposed++;
        const before = text.slice(0, from);
        // Flags are one word: SYN|ACK.
        const next = `${before}${/[^|]\|$/.test(before) ? '' : ' '}${item.text} `;
        try {
          parseFilter(next);
        } catch (error) {
          // More may have to follow; what was proposed is not the fault.
          expect((error as FilterError).offset, next).toBeGreaterThan(from);
        }
      }
    }),
    { numRuns: 500 },
  );
  expect(proposed).toBeGreaterThan(500);
});
