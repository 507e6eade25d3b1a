import { describe, expect, it } from 'vitest';
import { StringTable } from './strings.js';

const holding = (...ids: number[]) => ({ markStrings: (keep: (id: number) => void) => ids.forEach(keep) });

describe('StringTable', () => {
  it('gives a string one number, and the empty one 0', () => {
    const strings = new StringTable();
    expect([strings.id(''), strings.id('a'), strings.id('b'), strings.id('a')]).toEqual([0, 1, 2, 1]);
    expect([strings.text(2), strings.text(9)]).toEqual(['b', '']);
  });

  it('forgets what nobody holds, and gives its number to another', () => {
    const strings = new StringTable();
    const [a, b, c] = ['a', 'b', 'c'].map((text) => strings.id(text));
    const inUse = strings.collect([holding(a ?? 0), holding(c ?? 0)]);
    expect([a, b, c].map((id) => inUse(id ?? 0))).toEqual([true, false, true]);
    expect(strings.live).toBe(3);
    expect(strings.id('d')).toBe(b);
    expect([strings.id('a'), strings.id('c'), strings.text(b ?? 0)]).toEqual([a, c, 'd']);
  });

  it('does not grow where strings come and go', () => {
    const strings = new StringTable();
    for (let round = 0; round < 50; round++) {
      for (let n = 0; n < 100; n++) strings.id(`rule ${round}.${n}`);
      strings.collect([]);
    }
    expect([strings.live, strings.size]).toEqual([1, 101]);
  });
});
