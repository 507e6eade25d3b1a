import { describe, expect, it } from 'vitest';
import { cut, padded, widthOf } from './width.js';

describe('widthOf', () => {
  it.each([
    ['', 0],
    ['eth0', 4],
    ['ü→…', 3],
    ['日本語', 6],
    ['한국', 4],
    ['Ａ', 2],
    ['𠀀', 2],
    ['👍', 2],
    ['👩‍🚒', 2],
    ['🇩🇪', 2],
    ['e\u0301', 1],
  ])('of %s is %i', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });
});

describe('cut', () => {
  it.each([
    ['eth0', 4, 'eth0'],
    ['eth0', 3, 'et…'],
    ['eth0', 1, '…'],
    ['eth0', 0, ''],
    ['日本語', 6, '日本語'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['𠀀𠀁𠀂', 4, '𠀀…'],
    ['a👩‍🚒b', 3, 'a…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ])('%s to %i is %s', (text, width, shown) => {
    expect(cut(text, width)).toBe(shown);
  });
});

describe('padded', () => {
  it.each([
    ['ab', 4, false, 'ab  '],
    ['ab', 4, true, '  ab'],
    ['日本', 5, false, '日本 '],
    ['日本語', 4, false, '日… '],
    ['日本語', 4, true, ' 日…'],
  ])('%s on %i cells', (text, width, right, shown) => {
    expect(padded(text, width, right)).toBe(shown);
    expect(widthOf(shown)).toBe(width);
  });
});
