import { describe, expect, it } from 'vitest';
import { wantsColor, type ColorMode, type Terminal } from './paint.js';

describe('wantsColor', () => {
  it.each<[ColorMode, Terminal, boolean]>([
    ['auto', { isTTY: true, env: {} }, true],
    ['auto', { isTTY: false, env: {} }, false],
    ['auto', { isTTY: true, env: { NO_COLOR: '1' } }, false],
    ['auto', { isTTY: true, env: { NO_COLOR: '' } }, true],
    ['auto', { isTTY: true, env: { TERM: 'dumb' } }, false],
    ['always', { isTTY: false, env: { NO_COLOR: '1' } }, true],
    ['never', { isTTY: true, env: {} }, false],
  ])('%s on %j is %s', (mode, terminal, expected) => {
    expect(wantsColor(mode, terminal)).toBe(expected);
  });
});
