import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPattern, clickhousePattern, patternTest, UNICODE_CLASSES } from './regex.js';
import { TestDatabase } from './testing/database.js';

const database = new TestDatabase();
beforeAll(() => database.load([]));
afterAll(() => database.close());

const inClickHouse = async (pattern: string, text: string): Promise<boolean> =>
  (await database.evaluate('match({t:String}, {p:String})', { t: text, p: clickhousePattern(pattern) })) ===
  '1';

describe('a pattern', () => {
  it.each<[string, string, boolean]>([
    ['b.d', 'abcde', true],
    ['^b', 'abc', false],
    ['a.b', 'a\nb', true],
    ['(?-s)a.b', 'a\nb', false],
    ['^b', 'a\nb', false],
    ['(?m)^b$', 'a\nb\nc', true],
    ['^.$', '😀', true],
    ['^..$', '😀', false],
    ['(?i)ÜBER', 'über', true],
    ['(?i)k', '\u212a', true],
    ['\\w', 'ü', false],
    ['\\bb', 'üb', true],
    ['[ä-ü]', 'ö', true],
    // ClickHouse's own search for letters that must be there takes half of a character off.
    ['ü?a', 'a', true],
    ['ü*', '', true],
    ['😀{0,1}x', 'x', true],
    ['\\Qa(b\\E', 'a(b', true],
    ['\\Qa|b\\E', 'a', false],
    ['\\Qa|b', 'a|b', true],
    ['\\Qü.\\E?x', 'üx', true],
    ['\\Q\\E', '', true],
    ['(?P<name>a)(?<other>b)', 'ab', true],
    ['(?:web|all)-\\d+$', 'x web-12', true],
    ['[?<]x', '<x', true],
    ['^[(?<a>]+ü?$', '(<?a>', true],
    ['^[]ü[]+$', 'ü]', true],
    ['^[[:^alpha:](?<a>]$', 'a', true],
    ['[^]ü]', 'ü]', false],
    ['[\\]ü]x', 'üx', true],
    ['(a|b)*c|d', 'd', true],
    ['\\(?<a>', '<a>', true],
    ['x{2,}', 'xx', true],
    ['\\x{fc}', 'ü', true],
  ])('%s on %j: %s in both', async (pattern, text, expected) => {
    expect(checkPattern(pattern)).toBeUndefined();
    expect(patternTest(pattern)(text)).toBe(expected);
    expect(await inClickHouse(pattern, text)).toBe(expected);
  });

  it('may name every class of characters that is taken', async () => {
    const wrong: string[] = [];
    for (const name of UNICODE_CLASSES) {
      const pattern = `\\p{${name}}|\\P{${name}}`;
      if (checkPattern(pattern) || !(await inClickHouse(pattern, 'x'))) wrong.push(name);
    }
    expect(wrong).toEqual([]);
  });

  // Each is as large as it may be: with one repetition more it is refused.
  it.each([
    ['\\pL{N}', 'L'],
    ['(?i:\\pL){N}', 'L'],
    ['[^\\x00-\\x7f]{N}', 'x'],
    ['(?i:[a-zß-ÿ]{N})', 'x'],
    ['.{N}', 'x'],
    ['(?:abcdefgh|[k-z]+|\\d){N}', 'x'],
    ['(?:\\p{Han}|\\p{Arabic}|\\p{Lu}){N}', 'x'],
    ['(?:(?i:abcdefghijklmnopqrstuvwxyz)|\\W\\S){N}', 'x'],
  ])('is taken by ClickHouse where it is not too large: %s', { timeout: 60_000 }, async (form) => {
    const sized = (count: number): string => form.replace('N', String(count));
    let [taken, refused] = [1, 1001];
    while (refused - taken > 1) {
      const middle = (taken + refused) >> 1;
      if (checkPattern(sized(middle))) refused = middle;
      else taken = middle;
    }
    expect(await inClickHouse(sized(taken), 'x'.repeat(1000))).toBeTypeOf('boolean');
    expect(patternTest(sized(taken))('ü'.repeat(5000))).toBeTypeOf('boolean');
  });

  it.each(['.{0,1000}.{0,1000}x', '\\pL{7}'])(
    'is refused where each character of a text may take thousands of steps: %s',
    (pattern) => {
      expect(checkPattern(pattern)).toMatchObject({ code: 'too_large' });
    },
  );

  it('does not explode on the text that it is made for', () => {
    const start = performance.now();
    expect(patternTest('^(a+)+$')('a'.repeat(100_000) + '!')).toBe(false);
    expect(patternTest('(x+x+)+y')('x'.repeat(100_000))).toBe(false);
    // Backtracking would need longer than the universe is old.
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
