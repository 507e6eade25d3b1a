import { describe, expect, it } from 'vitest';
import { cutPainted, fittedLine, paintedWidth } from './painted.js';

const red = (text: string): string => `\x1b[31m${text}\x1b[39m`;

describe('a line with colours', () => {
  it.each([
    ['short enough', red('abc'), 3, red('abc')],
    ['plain', 'abcdef', 4, 'abc…'],
    ['cut in a colour', `a${red('bcdef')}`, 4, 'a\x1b[31mbc…\x1b[0m'],
    ['cut where a colour begins', `abc${red('def')}`, 4, 'abc\x1b[31m…\x1b[0m'],
    ['cut behind a colour', `${red('abc')}def`, 4, '\x1b[31mabc\x1b[39m…\x1b[0m'],
    ['of wide characters', red('日本語'), 4, '\x1b[31m日…\x1b[0m'],
    ['without room', red('abc'), 0, ''],
  ])('is cut: %s', (_, line, width, shown) => {
    expect(cutPainted(line, width)).toBe(shown);
    expect(paintedWidth(cutPainted(line, width))).toBeLessThanOrEqual(width);
  });

  it('is filled', () => {
    expect(fittedLine(red('ab'), 4)).toBe(`${red('ab')}  `);
    expect(paintedWidth(fittedLine(red('日本語'), 4))).toBe(4);
  });
});
