import { expect, it } from 'vitest';
import { StringTable } from '#columns';
import { ByteInterner } from '#nftrace';
import { StringKeeper } from './string-keeper.js';

const bytes = (text: string) => new TextEncoder().encode(text);

it('keeps the table at about twice of what is in use, and what is in use as it was', () => {
  const strings = new StringTable();
  const interner = new ByteInterner(strings);
  const held = ['filter', 'input'].map((name) => interner.id(bytes(name), 0, name.length));
  const holder = { markStrings: (keep: (id: number) => void) => held.forEach(keep) };
  const keeper = new StringKeeper(strings, interner, [holder], 100);
  for (let round = 0; round < 2000; round++) {
    const name = `chain-${round}`;
    expect(strings.text(interner.id(bytes(name), 0, name.length))).toBe(name);
    keeper.tidy();
  }
  expect(strings.size).toBeLessThanOrEqual(101);
  expect(held.map((id) => strings.text(id))).toEqual(['filter', 'input']);
  expect(interner.id(bytes('input'), 0, 5)).toBe(held[1]);
});
