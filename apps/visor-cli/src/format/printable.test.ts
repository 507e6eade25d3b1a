import { describe, expect, it } from 'vitest';
import { parseRow, parseValues, printable } from './printable.js';

describe('printable', () => {
  it.each([
    ['plain text', 'tcp dport 443 accept "ü → 日本"', 'tcp dport 443 accept "ü → 日本"'],
    ['colours', '\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['a title, by both ends', '\x1b]0;pwned\x07 \x9d0;x\x9c', '\\x1b]0;pwned\\x07 \\x9d0;x\\x9c'],
    ['a new line, a tab, a carriage return', 'a\nb\tc\rd', 'a\\x0ab\\x09c\\x0dd'],
    ['backspaces, DEL and NUL', 'a\b\x7f\0', 'a\\x08\\x7f\\x00'],
    ['bidi', 'a\u202eb\u2066c\u200ed\u061c', 'a\\u202eb\\u2066c\\u200ed\\u061c'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['what is not seen', 'in\u200bput\ufeff\u00ad\u2060', 'in\\u200bput\\ufeff\\xad\\u2060'],
    ['what looks like a space', 'a\u115fb\u3164c', 'a\\u115fb\\u3164c'],
    ['tags', 'a\u{e0041}b', 'a\\u{e0041}b'],
    ['half a character', 'a\ud800b\udc00', 'a\\ud800b\\udc00'],
    ['emoji, joined and coloured', '👩‍🚒 👍🏽 ❤️ 🇩🇪', '👩‍🚒 👍🏽 ❤️ 🇩🇪'],
    ['a joiner that joins no emoji', 'a\u200db', 'a\\u200db'],
    ['a mark or four', 'e\u0301 o\u0302\u0301', 'e\u0301 o\u0302\u0301'],
    ['a heap of marks', `e${'\u0301'.repeat(6)}`, `e${'\u0301'.repeat(4)}\\u0301\\u0301`],
  ])('shows %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('leaves nothing that a terminal acts on, of all characters there are', () => {
    const codes = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
    expect(/[\p{Cc}\p{Cf}\p{Bidi_Control}\p{Cs}\u2028\u2029]/u.exec(printable(codes.join(' ')))).toBeNull();
  });
});

describe('a row', () => {
  it('is text that is safe, however it was sent', () => {
    const row = parseRow(
      '{"rule":"a\\u001b[2J\\n","handle":"18446744073709551615","dport":443,"decisive":true}',
    );
    expect([row.rule, row.handle, row.dport, row.decisive, row.sport]).toEqual([
      'a\\x1b[2J\\x0a',
      '18446744073709551615',
      '443',
      'true',
      '',
    ]);
  });

  it.each(['null', '1', '"text"', '[]'])('that is %s has no values', (json) => {
    expect(Object.keys(parseValues(json))).toEqual([]);
    expect(parseRow(json).ts).toBe('');
  });

  it('that is no JSON is refused', () => {
    expect(() => parseRow('{"ts":')).toThrow('the hub sent a row that is no JSON: {"ts":');
  });
});
