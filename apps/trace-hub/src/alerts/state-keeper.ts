import { setTimeout as sleep } from 'node:timers/promises';
import { type Counters, type Occurrences } from '#app-kit';
import { alertStateNotKept } from '../alert-occurrences.js';
import { type Checkpoint, type CheckpointStore } from './checkpoint.js';
import { StateLost } from './kept-state.js';

export interface KeeperOptions {
  readonly store: CheckpointStore;
  readonly counters: Counters;
  readonly occurrences: Occurrences;
  /** The state as it is now; all that it has said so far is on its way. */
  readonly take: () => Checkpoint;
  /** @returns whether all that was said is in the stream */
  readonly flushed: () => Promise<boolean>;
  /** Whether no other hub can be at it. */
  readonly held: () => boolean;
  /** Another hub is at it. */
  readonly lost: (error: StateLost) => void;
}

/** How often the state is kept, unless that takes more than a twentieth of the time. */
const everyMs = 1000;
const share = 20;
const mostMs = 30_000;

/** Keeps the state of alerts while they are evaluated. */
export class StateKeeper {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(private readonly options: KeeperOptions) {
    this.#done = this.#run();
  }

  /** Keeps it a last time, if that takes no longer than `ms`. */
  async close(ms: number): Promise<void> {
    this.#stop.abort();
    const late = new AbortController();
    const all = this.#done.then(() => this.#keep());
    await Promise.race([all, sleep(ms, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let pause = everyMs;
    for (;;) {
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      pause = Math.min(mostMs, Math.max(everyMs, share * (await this.#keep())));
    }
  }

  /** @returns ms that it took; to wait for alerts before it is no work */
  async #keep(): Promise<number> {
    const { store, counters, take, flushed, held, lost } = this.options;
    let [began, taken_ms] = [performance.now(), 0];
    try {
      const checkpoint = take();
      taken_ms = performance.now() - began;
      // What it has said must not be said again, nor be missing.
      if (!(await flushed()) || !held()) return taken_ms;
      began = performance.now();
      const bytes = await store.save(checkpoint);
      counters.counter('alert_checkpoints').add();
      counters.counter('alert_checkpoint_bytes').add(bytes);
    } catch (error) {
      if (error instanceof StateLost) lost(error);
      else this.#failed(error);
    }
    return taken_ms + performance.now() - began;
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.options.occurrences.tell(alertStateNotKept, { reason });
  }
}
