import { expect, it } from 'vitest';
import { StringTable } from '#columns';
import { rareBit, rareGroups } from './rare-columns.js';
import { segmentColumns, Segments } from './segments.js';

it('a column alone sets the bit of its group, and no other; the columns without one are looked at always', () => {
  const strings = new StringTable();
  for (const name of segmentColumns) {
    const segments = new Segments(2, strings);
    segments.columns.data[name].fill(1);
    expect([name, rareGroups(segments.columns.data, 1)]).toEqual([name, rareBit(name)]);
  }
  expect(rareBit('ip_src')).toBe(0);
});
