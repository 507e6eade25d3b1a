import { setTimeout as sleep } from 'node:timers/promises';
import { Repeats } from '#app-kit';
import { type Loss } from '#clickhouse';
import { type HubParts } from '../parts.js';

const maxPending = 10_000;
/** They travel to a server in the URL of the insert. */
const maxAtOnce = 50;

const keyOf = (loss: Loss): string => JSON.stringify([loss.agent_id, loss.run, loss.seq]);

/** Brings losses into the store as soon as ClickHouse takes them; those of the future come with each heartbeat again. */
export class LossKeeper {
  readonly #pending = new Map<string, Loss>();
  readonly #repeats: Repeats;
  readonly #stop = new AbortController();
  #work: Promise<void> | undefined;

  constructor(
    private readonly parts: Pick<HubParts, 'store' | 'log' | 'counters'>,
    private readonly retry_ms = 2000,
  ) {
    this.#repeats = new Repeats(parts.log);
  }

  /** @returns whether there was room for all; what found none is to be given again later */
  add(losses: readonly Loss[]): boolean {
    const taken = losses.filter((loss) => this.#put(loss)).length;
    if (this.#pending.size > 0 && !this.#stop.signal.aborted) this.#work ??= this.#run();
    return taken === losses.length;
  }

  /** @returns when all is in the store, or after `limit_ms` */
  async settled(limit_ms: number): Promise<void> {
    const done = new AbortController();
    const late = sleep(limit_ms, undefined, { signal: done.signal }).catch(() => undefined);
    await Promise.race([this.#work, late]);
    done.abort();
  }

  /** Finishes what is being stored. The rest is in the heartbeats, and comes again at the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  #put(loss: Loss): boolean {
    const key = keyOf(loss);
    const known = this.#pending.get(key);
    if (known && known.events >= loss.events) return true;
    if (!known && this.#pending.size >= maxPending) {
      this.parts.counters.counter('losses_not_stored', 'too_many_waiting').add();
      return false;
    }
    this.#pending.set(key, loss);
    return true;
  }

  /** Only now they go, so that their order stays: one that stands for others comes after them. */
  #done(losses: readonly Loss[]): void {
    for (const loss of losses) {
      // Else it has grown meanwhile.
      if (this.#pending.get(keyOf(loss)) === loss) this.#pending.delete(keyOf(loss));
    }
  }

  async #run(): Promise<void> {
    while (this.#pending.size > 0 && !this.#stop.signal.aborted) {
      const losses = [...this.#pending.values()].slice(0, maxAtOnce);
      try {
        await this.parts.store.storeLosses(losses);
        this.#done(losses);
        this.parts.counters.counter('losses_stored').add(losses.length);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.#repeats.warn('losses', `${why} Losses wait until it is back.`);
        await sleep(this.retry_ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
    this.#work = undefined;
  }
}
