import { setTimeout as sleep } from 'node:timers/promises';
import { type Log } from '#app-kit';

/**
 * Gives each step of a stop its time, so that the last one is reached whatever hangs: NATS, a disk, a thread. A step
 * that is late or fails is told, and goes on behind.
 */
export class StopClock {
  readonly #began_ms = performance.now();

  constructor(
    private readonly total_ms: number,
    private readonly log: Log,
  ) {}

  /** @returns ms until so much of the whole time is over; 0 when it is */
  until(share: number): number {
    return Math.max(0, this.#began_ms + share * this.total_ms - performance.now());
  }

  /** Resolves with the step, or when `share` of the whole time is over. Never rejects. */
  async step(what: string, share: number, work: Promise<unknown> | undefined): Promise<void> {
    const done = new AbortController();
    const late = sleep(this.until(share), true, { signal: done.signal }).catch(() => false);
    const ended = Promise.resolve(work).then(
      () => false,
      (error: unknown) => {
        this.log.warn(
          `${what} did not stop in order (${error instanceof Error ? error.message : String(error)})`,
        );
        return false;
      },
    );
    if (await Promise.race([ended, late])) this.log.warn(`${what} did not stop in time; not waited for`);
    done.abort();
  }
}
