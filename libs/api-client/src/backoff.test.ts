import { describe, expect, it } from 'vitest';
import { backoffMs, pause } from './backoff.js';

describe('backoffMs', () => {
  it.each([
    [1, 1, 500],
    [1, 0, 250],
    [2, 1, 1000],
    [5, 1, 8000],
    [6, 1, 15_000],
    [1000, 1, 15_000],
    [1000, 0.5, 11_250],
  ])('try %i with chance %d waits %i ms', (attempt, chance, ms) => {
    expect(backoffMs(attempt, { firstMs: 500, maxMs: 15_000, random: () => chance })).toBe(ms);
  });
});

describe('pause', () => {
  it('ends with the signal', async () => {
    const controller = new AbortController();
    const waiting = pause(3_600_000, controller.signal);
    controller.abort();
    await expect(waiting).resolves.toBeUndefined();
    await expect(pause(3_600_000, controller.signal)).resolves.toBeUndefined();
  });
});
