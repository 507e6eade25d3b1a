import { setTimeout as sleep } from 'node:timers/promises';

/** How often a query that somebody wants to end is looked for: it may not have begun yet. */
const again_ms = 100;

/**
 * @param kill ends the query in ClickHouse, if it is there; its failure changes nothing
 * @returns what `work` settles to, at its own time: whoever waits learns that the query has really ended
 */
export async function killedOn<T>(
  signal: AbortSignal | undefined,
  kill: () => Promise<unknown>,
  work: Promise<T>,
): Promise<T> {
  if (!signal) return work;
  let settled = false;
  const insist = async (): Promise<void> => {
    while (!settled) {
      await kill().catch(() => undefined);
      if (!settled) await sleep(again_ms);
    }
  };
  const abort = (): void => void insist();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await work;
  } finally {
    settled = true;
    signal.removeEventListener('abort', abort);
  }
}
