import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Repeats } from '#app-kit';
import { HubParts } from '../parts.js';
import { RollupRepository } from './rollup.repository.js';

const rollUpEveryMs = 2000;
const verifyEveryMs = 15_000;

/** Keeps the counts by minute up to date with the rows, and looks again at batches that may be there twice. */
@Injectable()
export class RollupService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #stop = new AbortController();
  readonly #repeats: Repeats;
  #work: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly parts: HubParts,
    private readonly repository: RollupRepository,
  ) {
    this.#repeats = new Repeats(parts.log);
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
    await this.#guarded('rollup', 'Counts by minute are brought up to date later.', async () => {
      const minutes = await this.repository.rollUp(now_us);
      this.parts.counters.counter('rollup_minutes').add(minutes);
    });
  }

  /** Looks again at the batches that were noted long enough ago. */
  async verify(now_us: number): Promise<void> {
    await this.#guarded('verify', 'Batches that may be stored twice are looked at later.', async () => {
      const repaired = await this.repository.verifyDoubtful(now_us);
      this.parts.counters.counter('doubtful_repaired').add(repaired);
      if (repaired > 0) {
        this.parts.log.warn(
          `${repaired} batches were stored twice, by two hubs or in two tries; each of their rows is there once again`,
        );
      }
    });
  }

  async #guarded(what: string, after: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.parts.counters.counter('rollup_failures', what).add();
      this.#repeats.warn(what, `${(error as Error).message} ${after}`);
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
