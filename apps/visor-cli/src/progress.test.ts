import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { Progress } from './progress.js';

describe('Progress', () => {
  it('speaks after a while, and leaves nothing behind', async () => {
    const stream = new PassThrough();
    const progress = new Progress(stream, true, 1);
    progress.show('waiting');
    await vi.waitFor(() => expect(String(stream.read())).toBe('\r\x1b[Kwaiting'), 10_000);
    progress.show('still waiting');
    expect(String(stream.read())).toBe('\r\x1b[Kstill waiting');
    progress.erase();
    progress.erase();
    expect(String(stream.read())).toBe('\r\x1b[K');
  });

  it('says nothing before, nor where nobody watches', async () => {
    const stream = new PassThrough();
    const soon = new Progress(stream, true, 1);
    soon.show('waiting');
    soon.erase();
    new Progress(stream, false, 1).show('waiting');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(stream.read()).toBeNull();
  });
});
