import { expect, it } from 'vitest';
import { Turns } from './turns.js';

it('gives turns one at a time, in order', async () => {
  const turns = new Turns();
  const seen: number[] = [];
  let running = 0;
  const work = async (n: number): Promise<void> => {
    const end = await turns.take();
    expect(++running).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    seen.push(n);
    running--;
    end();
    end();
  };
  await Promise.all([1, 2, 3, 4].map(work));
  expect(seen).toEqual([1, 2, 3, 4]);
});
