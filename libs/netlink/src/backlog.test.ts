import { describe, expect, it } from 'vitest';
import { Backlog } from './backlog.js';

/** A kernel's queue of messages with their sizes: congested until it is empty, then others come as fast as can be. */
class Queue {
  taken = 0;
  #congested = true;

  constructor(
    readonly sizes: number[],
    private readonly then: readonly number[],
  ) {}

  bytes(): number {
    return this.sizes.reduce((sum, size) => sum + size, 0);
  }

  take(count: number): void {
    for (let i = 0; i < count && this.sizes.length > 0; i++) {
      this.sizes.shift();
      this.taken++;
      if (this.sizes.length > 0 || !this.#congested) continue;
      this.#congested = false;
      this.sizes.push(...this.then);
    }
  }
}

/** @returns how many messages were taken when the gap was found */
function gapOf(queue: Queue, queuedBytes = (): number => queue.bytes()): number {
  const backlog = new Backlog(queuedBytes);
  for (let round = 0; round < 10_000; round++) {
    const count = backlog.take(256);
    if (count === 0) return queue.taken;
    queue.take(count);
  }
  throw new Error('no gap was found');
}

const messages = (count: number, size = 1280): number[] => Array<number>(count).fill(size);

describe('Backlog', () => {
  it.each([0, 1, 2, 7, 300, 100_000])('finds the end of %i messages when no others come', (count) => {
    expect(gapOf(new Queue(messages(count), []))).toBe(count);
  });

  it.each([1, 2, 7, 300, 100_000])('finds the end of %i messages when others come at once', (count) => {
    expect(gapOf(new Queue(messages(count), messages(5000)))).toBe(count);
  });

  it('finds it within a message where the last was large and few small ones follow', () => {
    const taken = gapOf(new Queue([...messages(300), 8192], messages(2, 768)));
    expect(taken).toBeGreaterThanOrEqual(301);
    expect(taken).toBeLessThanOrEqual(303);
  });

  it('is not misled by messages that a sender adds and takes back', () => {
    const queue = new Queue(messages(1000), messages(5000));
    let asked = 0;
    expect(gapOf(queue, () => queue.bytes() + (++asked % 3 === 0 ? 0 : 2304))).toBe(1000);
  });

  it('takes all that there is where the kernel does not tell', () => {
    const backlog = new Backlog(() => NaN);
    expect([backlog.take(256), backlog.take(256)]).toEqual([256, 256]);
  });
});
