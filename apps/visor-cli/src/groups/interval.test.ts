import { describe, expect, it } from 'vitest';
import { intervalOf } from './interval.js';

describe('intervalOf', () => {
  it.each([
    ['2s', 2000],
    ['500ms', 500],
    ['1m30s', 90_000],
  ])('reads %s', (text, ms) => expect(intervalOf(text)).toBe(ms));

  it.each(['', '2', 'soon', 'now', '0s', '100ms', '2026-11-21', '-1s'])('refuses "%s"', (text) => {
    expect(() => intervalOf(text)).toThrow(`--interval: ${JSON.stringify(text)} is no length of time`);
  });
});
