import { describe, expect, it } from 'vitest';
import { aheadNote } from './ahead-note.js';

const now_ms = Date.parse('2026-11-22T10:00:00Z');

describe('rows whose time is to come', () => {
  it.each([
    ['2026-11-22T10:03:00.000000Z', /^the newest row is .*3.* later than now: .*--until now/],
    ['2026-11-22T10:00:09.000000Z', undefined],
    ['2026-11-22T09:00:00.000000Z', undefined],
    ['', undefined],
  ])('%s', (last, note) => {
    if (note === undefined) expect(aheadNote(last, now_ms)).toBeUndefined();
    else expect(aheadNote(last, now_ms)).toMatch(note);
  });
});
