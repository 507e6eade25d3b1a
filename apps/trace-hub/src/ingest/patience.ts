import { setTimeout as sleep } from 'node:timers/promises';

const longest_ms = 10_000;

/** Waits for ClickHouse to be back, ever longer while it fails. */
export class Patience {
  /** Failures since the last insert that succeeded: ClickHouse may answer and still refuse inserts. */
  #failures = 0;
  #away = false;

  /** @param ask rejects while ClickHouse does not answer */
  constructor(
    private readonly ask: () => Promise<void>,
    private readonly first_ms = 500,
  ) {}

  /** Whether something failed and ClickHouse has not answered since. */
  get away(): boolean {
    return this.#away;
  }

  failed(): void {
    this.#failures++;
    this.#away = true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#away = false;
  }

  /** Resolves when an insert may be tried, or when `stop` is aborted. */
  async back(stop: AbortSignal): Promise<void> {
    while (this.#away && !stop.aborted) {
      const wait_ms = Math.min(longest_ms, this.first_ms * 2 ** (this.#failures - 1));
      await sleep(wait_ms, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) return;
      await this.ask().then(
        () => (this.#away = false),
        () => this.failed(),
      );
    }
  }
}
