import { describe, expect, it } from 'vitest';
import { PublishQueue } from './publish-queue.js';

const item = (size: number): { bytes: Uint8Array } => ({ bytes: new Uint8Array(size) });

describe('PublishQueue', () => {
  it('lets the oldest that waits go when it is full, never one that is being sent', () => {
    const queue = new PublishQueue<{ bytes: Uint8Array }>(100);
    const [a, b, c, d] = [item(40), item(40), item(40), item(70)];
    expect(queue.push(a)).toEqual([]);
    expect(queue.take()).toBe(a);
    expect(queue.push(b)).toEqual([]);
    expect(queue.push(c)).toEqual([b]);
    expect(queue.push(d)).toEqual([c, d]);
    expect([queue.waiting, queue.sending, queue.bytes]).toEqual([0, 1, 40]);
    queue.settle(a);
    expect(queue.bytes).toBe(0);
  });

  it('hands out everything unsettled at the end', () => {
    const queue = new PublishQueue<{ bytes: Uint8Array }>(100);
    const [a, b] = [item(1), item(2)];
    queue.push(a);
    queue.push(b);
    queue.take();
    expect(queue.clear()).toEqual([a, b]);
    expect([queue.waiting, queue.sending, queue.bytes]).toEqual([0, 0, 0]);
  });
});
