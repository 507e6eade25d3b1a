import { expect, it } from 'vitest';
import { readSettled, settledBytes } from './settled.js';

it('reads what was written after an entry that was torn by a full disk or a power cut', () => {
  for (const torn of [1, 7, 11]) {
    const bytes = Buffer.concat([
      settledBytes([1n]),
      settledBytes([2n]).subarray(0, torn),
      settledBytes([3n], [4]),
    ]);
    const { batches, damages } = readSettled(bytes);
    expect([[...batches], [...damages]]).toEqual([[1n, 3n], [4]]);
  }
});
