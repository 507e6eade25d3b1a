import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Repeats } from '#app-kit';
import { HubParts } from '../parts.js';
import { RulesetRepository } from './ruleset.repository.js';

const everyMs = 3_600_000;
/** At a start there is more urgent work. */
const firstMs = 60_000;

/** Deletes rulesets that no row names any more, once an hour. Replicas of the hub may do so together. */
@Injectable()
export class RulesetPruner implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #stop = new AbortController();
  readonly #repeats: Repeats;
  #work: Promise<void> = Promise.resolve();

  constructor(
    parts: HubParts,
    private readonly repository: RulesetRepository,
  ) {
    this.#repeats = new Repeats(parts.log);
  }

  onApplicationBootstrap(): void {
    this.#work = this.#run();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  async #run(): Promise<void> {
    for (let wait = firstMs; ; wait = everyMs) {
      await sleep(wait, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      await this.repository.prune(Date.now() * 1000).catch((error: Error) => {
        this.#repeats.warn('prune', `${error.message} Old rulesets are deleted later.`);
      });
    }
  }
}
