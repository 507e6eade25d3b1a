import { describe, expect, it } from 'vitest';
import { textLine } from './log-text.js';

describe('textLine', () => {
  it.each([
    ['an end of line', 'a\nb', 'a | b'],
    ['a sequence for terminals', 'a\x1b[31mb', 'a\\u001b[31mb'],
    ['a text turned around', 'a\u202eb', 'a\\u202eb'],
    ['a text turned around by an isolate', 'a\u2066b\u2069', 'a\\u2066b\\u2069'],
    ['an end of line of Windows', 'a\r\n  b', 'a | b'],
    ['an end of line of Unicode', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['ends of lines at its end', 'a\n\n', 'a'],
    ['another alphabet', 'зал 1', 'зал 1'],
  ])('shows %s so that it stays one line and does nothing', (_name, message, shown) => {
    const line = textLine({ level: 'info', time: 'T', name: 'demo', pid: 1, message });
    expect(line).toBe(`[demo] 1  - T     LOG ${shown}\n`);
  });

  it('does so with who tells, and with a stack', () => {
    const record = { level: 'info', time: 'T', name: 'demo', pid: 1, message: 'm' };
    const line = textLine({ ...record, context: 'a\x07b', stack: 'Error\n    at x\x1b[31m' });
    expect(line).toBe('[demo] 1  - T     LOG [a\\u0007b] m | Error | at x\\u001b[31m\n');
  });

  it.each([
    ['debug', '  DEBUG', '35'],
    ['info', '    LOG', '32'],
    ['warn', '   WARN', '33'],
    ['error', '  ERROR', '31'],
    ['fatal', '  FATAL', '31'],
    ['odd', '    ODD', '31'],
  ])('has a word and a colour for %s', (level, word, colour) => {
    const record = { level, time: 'T', name: 'demo', pid: 1, message: 'm' };
    expect(textLine(record)).toBe(`[demo] 1  - T ${word} m\n`);
    expect(textLine(record, true)).toBe(`[demo] 1  - T \x1b[${colour}m${word}\x1b[39m m\n`);
  });
});
