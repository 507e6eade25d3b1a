import { expect, it } from 'vitest';
import { MemoryGate } from './memory-gate.js';

it('admits in order what there is room for, and alone what is larger than all room', async () => {
  const gate = new MemoryGate(100);
  const admitted: number[] = [];
  const enter = (bytes: number): void => void gate.acquire(bytes).then(() => admitted.push(bytes));
  for (const bytes of [60, 50, 10, 500]) enter(bytes);
  await Promise.resolve();
  expect([admitted, gate.held, gate.waiting]).toEqual([[60], 60, 3]);
  gate.release(60);
  await Promise.resolve();
  expect([admitted, gate.held, gate.waiting]).toEqual([[60, 50, 10], 60, 1]);
  gate.release(50);
  gate.release(10);
  await Promise.resolve();
  expect([admitted, gate.held, gate.waiting]).toEqual([[60, 50, 10, 500], 500, 0]);
  gate.release(500);
  expect(gate.held).toBe(0);
});

it('sends away those who wait, and holds nothing for them', async () => {
  const gate = new MemoryGate(100);
  await gate.acquire(100);
  const waiting = gate.acquire(1);
  gate.refuse(new Error('the hub stops'));
  await expect(waiting).rejects.toThrow('the hub stops');
  expect([gate.held, gate.waiting]).toEqual([100, 0]);
});
