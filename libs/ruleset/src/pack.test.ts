import { describe, expect, it } from 'vitest';
import { packRules, type PackedRules, type PlacedRule, unpackRules } from './pack.js';

const rule = (handle: number, text: string, comment = '', rejects = false): PlacedRule => ({
  handle,
  text,
  comment,
  rejects,
  chain: handle % 7,
  line: handle % 5,
});

const unpacked = (packed: PackedRules): unknown[] =>
  unpackRules(packed).map(({ handle, text, comment, rejects }) => [handle, text, comment, Number(rejects)]);

describe('packRules', () => {
  it('sorts by handle and keeps texts, comments and rejects apart', () => {
    const packed = packRules([rule(9, 'drop', 'c'), rule(2 ** 40, ''), rule(3, 'reject', '', true)]);
    expect(unpacked(packed)).toEqual([
      [3, 'reject', '', 1],
      [9, 'drop', 'c', 0],
      [2 ** 40, '', '', 0],
    ]);
    expect([[...packed.chains], [...packed.lines]]).toEqual([
      [3, 2, 2 ** 40 % 7],
      [3, 4, 2 ** 40 % 5],
    ]);
  });

  it('keeps the bytes that nft printed', () => {
    const raw = Buffer.from('comment "café"').toString('latin1');
    expect(unpacked(packRules([rule(1, raw)]))).toEqual([[1, 'comment "café"', '', 0]]);
  });

  it('is shared between threads, not copied', () => {
    const { handles, ends, rejects, bytes } = packRules([rule(1, 'drop')]);
    for (const { buffer } of [handles, ends, rejects, bytes])
      expect(buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('cuts the middle out of a rule with 100,000 elements', () => {
    const elements = Array.from({ length: 100_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(', ');
    const [[, text]] = unpacked(packRules([rule(1, `ip saddr { ${elements} } counter drop`)])) as [
      [number, string],
    ];
    expect(text).toHaveLength(4005);
    expect(text).toMatch(/^ip saddr \{ 10\.0\.0\.0, .* \.\.\. .* \} counter drop$/);
  });

  it('takes no rules', () => {
    expect(unpacked(packRules([]))).toEqual([]);
  });
});
