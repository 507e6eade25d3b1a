import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withLiterals } from './literals.js';
import { temporaryStore } from './testing/directory.js';

describe('withLiterals', { timeout: 30_000 }, () => {
  it('writes each value with its type', () => {
    const sql = 'SELECT {a:UInt64}, {b:String}, {c:Bool}, {a:UInt64}';
    expect(withLiterals({ sql, params: { a: '18446744073709551615', b: "it's", c: true } })).toBe(
      "SELECT CAST('18446744073709551615', 'UInt64'), CAST('it\\'s', 'String'), CAST(true, 'Bool'), CAST('18446744073709551615', 'UInt64')",
    );
  });

  it('does not look for placeholders in values', () => {
    expect(withLiterals({ sql: '{a:String}', params: { a: '{b:String} $& $1', b: 'x' } })).toBe(
      "CAST('{b:String} $& $1', 'String')",
    );
  });

  it('refuses a placeholder without a value', () => {
    expect(() => withLiterals({ sql: 'SELECT {a:UInt64}' })).toThrow('{a:UInt64}');
  });

  it('brings any text to ClickHouse as it is', async () => {
    const store = await temporaryStore();
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .array(fc.constantFrom("'", '\\', '\0', '\n', '{', '}', ':', '--', '/*', ';', '%', '$&', '?'), {
          maxLength: 9,
        })
        .map((a) => a.join('')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const answer = await store.queryText({
          sql: 'SELECT {v:String} AS v, 1 AS one',
          params: { v: value },
        });
        expect(JSON.parse(answer)).toEqual({ v: value, one: 1 });
      }),
      { numRuns: 150 },
    );
  });
});
