import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FilePoll } from './file-poll.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('FilePoll', () => {
  /** A poll every 100 ms, and what ends each of its looks. */
  function poll() {
    const looks: ((print: string) => void)[] = [];
    const changed = vi.fn();
    const slow = (): Promise<string> => new Promise((resolve) => looks.push(resolve));
    const files = new FilePoll(['/nonexistent/tokens'], 100, changed, slow);
    return { looks, changed, files };
  }

  it('takes a file for written when it has stayed the same for an interval, however long it takes to look', async () => {
    const { looks, changed, files } = poll();
    await vi.advanceTimersByTimeAsync(195);
    looks[0]?.('a half');
    await vi.advanceTimersByTimeAsync(99);
    expect(looks).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    looks[1]?.('the whole');
    await vi.advanceTimersByTimeAsync(100);
    expect(changed).not.toHaveBeenCalled();
    looks[2]?.('the whole');
    await vi.advanceTimersByTimeAsync(100);
    expect([changed.mock.calls.length, looks.length]).toEqual([1, 4]);
    files.stop();
  });

  it('tells nothing after its end, and looks no more', async () => {
    const { looks, changed, files } = poll();
    await vi.advanceTimersByTimeAsync(100);
    looks[0]?.('another');
    await vi.advanceTimersByTimeAsync(100);
    files.stop();
    looks[1]?.('another');
    await vi.advanceTimersByTimeAsync(1000);
    expect([changed.mock.calls.length, looks.length]).toEqual([0, 2]);
  });
});
