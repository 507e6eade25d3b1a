import { expect, it } from 'vitest';
import { StringTable } from '#columns';
import { ByteInterner } from './interner.js';

it('knows names for good that it was given in memory which is filled anew', () => {
  const strings = new StringTable();
  const interner = new ByteInterner(strings);
  // a Buffer, as the receive ring is: its slice is a view
  const memory = Buffer.alloc(8);
  const names = Array.from({ length: 200 }, (_, i) => `c${i}`);
  const told = (name: string): string => {
    memory.fill(0);
    memory.write(name, 0, 'latin1');
    return strings.text(interner.id(memory, 0, memory.length));
  };
  for (let round = 0; round < 3; round++) expect(names.map(told)).toEqual(names);
  expect(strings.size).toBeLessThanOrEqual(names.length + 1);
});
