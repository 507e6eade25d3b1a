import { expect, it } from 'vitest';
import { planMemory } from './memory-plan.js';

const MiB = 2 ** 20;

it('has room for more namespaces the more memory there is, and the less the queue may take', () => {
  const namespaces = (max: number, queue: number) => planMemory(max * MiB, queue * MiB).namespaces;
  expect([namespaces(290, 64), namespaces(1024, 64), namespaces(1024, 512), namespaces(8192, 64)]).toEqual([
    1, 12, 5, 124,
  ]);
});

it('says what is needed where not one finds room', () => {
  expect(() => planMemory(256 * MiB, 64 * MiB)).toThrow(
    'limits.max-memory: 256MiB is too little; raise it to 290MiB or lower publish.queue (64MiB)',
  );
  expect(planMemory(512 * MiB, 64 * MiB, 2 ** 30).namespaces).toBe(3);
});
