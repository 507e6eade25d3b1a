import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Occurrences } from '#app-kit';
import { doubleStoredRepaired, rollupFailed, type RollupWork } from '../occurrences.js';
import { HubParts } from '../parts.js';
import { RollupRepository } from './rollup.repository.js';

const rollUpEveryMs = 2000;
const verifyEveryMs = 15_000;

/** Keeps the counts by minute up to date with the rows, and looks again at batches that may be there twice. */
@Injectable()
export class RollupService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #stop = new AbortController();
  readonly #occurrences: Occurrences;
  #work: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly parts: HubParts,
    private readonly repository: RollupRepository,
  ) {
    this.#occurrences = new Occurrences(parts.log, parts.counters);
  }

  onApplicationBootstrap(): void {
    this.#work = Promise.all([
      this.#every(rollUpEveryMs, () => this.rollUp(Date.now() * 1000)),
      this.#every(verifyEveryMs, () => this.verify(Date.now() * 1000)),
    ]);
  }

  /** What is under way ends; what waits is in the database, and is done at the next start or by another hub. */
  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  /** Computes the minutes that are due. A failure is told; the next call does it again. */
  async rollUp(now_us: number): Promise<void> {
    await this.#guarded('rollup', async () => {
      const minutes = await this.repository.rollUp(now_us);
      this.parts.counters.counter('rollup_minutes').add(minutes);
    });
  }

  /** Looks again at the batches that were noted long enough ago. */
  async verify(now_us: number): Promise<void> {
    await this.#guarded('verify', async () => {
      const repaired = await this.repository.verifyDoubtful(now_us);
      if (repaired > 0) this.#occurrences.tell(doubleStoredRepaired, { batches: repaired });
    });
  }

  async #guarded(work: RollupWork, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#occurrences.tell(rollupFailed, { work, reason: (error as Error).message });
    }
  }

  async #every(ms: number, work: () => Promise<void>): Promise<void> {
    for (;;) {
      await sleep(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      await work();
    }
  }
}
