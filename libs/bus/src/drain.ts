import { setTimeout as sleep } from 'node:timers/promises';
import { type BatchDisk } from './batch-disk.js';
import { type BatchLedger } from './batch-ledger.js';

const LOOK_MS = 10;

/**
 * Waits until the stream or the disk has everything. While the stream can be reached it is given the time to take what
 * is on disk, too.
 */
export async function drainBatches(
  ledger: BatchLedger,
  disk: BatchDisk | undefined,
  connected: () => boolean,
  deadlineMs: number,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  const onDisk = (): boolean => {
    for (const state of ['waiting', 'sending'] as const) {
      for (const entry of ledger.in(state)) if (!entry.onDisk) return false;
    }
    return ledger.held('acked').size + ledger.held('unsent').size === 0;
  };
  disk?.spill(-Infinity);
  for (;;) {
    const written = !disk || disk.down || disk.writing === 0;
    if (ledger.pending === 0 && written) return;
    if (disk && !connected() && onDisk()) return;
    if (performance.now() >= deadline) return;
    await sleep(LOOK_MS);
  }
}
