import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Occurrences } from '#app-kit';
import { mergePauseFailed } from '../occurrences.js';
import { HubParts } from '../parts.js';
import { IngestService } from './ingest.service.js';

const everyMs = 500;

/** Tells the store how much the stream holds: while that is much, merges wait. */
@Injectable()
export class MergePauseService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #stop = new AbortController();
  readonly #occurrences: Occurrences;
  #work: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: HubParts,
    private readonly ingest: IngestService,
  ) {
    this.#occurrences = new Occurrences(parts.log, parts.counters);
  }

  onApplicationBootstrap(): void {
    this.#work = this.#run();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    await this.#tell(0);
    this.#occurrences.flush();
  }

  async #run(): Promise<void> {
    for (;;) {
      await sleep(everyMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      await this.#tell(this.ingest.waiting);
    }
  }

  async #tell(waiting: number): Promise<void> {
    try {
      await this.parts.store.tellWaiting(waiting);
    } catch (error) {
      this.#occurrences.tell(mergePauseFailed, { reason: (error as Error).message });
    }
  }
}
