import { setTimeout as sleep } from 'node:timers/promises';

const retryMs = 1000;

/** Waits, or until the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Asks NATS until it answers. @param ended looked at between the tries @throws what `ask` threw last, once it has ended */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  ended: () => boolean,
): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!ended()) await pause(retryMs, signal);
      if (ended()) throw error;
    }
  }
}
