/** How the merges of a table stand. */
export interface MergeState {
  /** Active parts of the partition that has most of them. */
  readonly parts: number;
  /** How long the oldest merge has run, in seconds; 0 where none runs. */
  readonly longest_s: number;
  /** Mutations that wait or run: while merges are stopped none goes on. */
  readonly mutations: number;
}

/** What the brake works on. */
export interface BrakedMerges {
  state(): Promise<MergeState>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Messages in the stream from which on merges wait. Fewer are in hand before a merge would matter. */
export const muchWaiting = 64;
/** Longest time without merges; after that they have at least as long. */
export const mostStopped_ms = 60_000;
/** Parts in one partition from which on merges go: questions read each of them. ClickHouse itself slows inserts at 1000. */
export const mostParts = 150;
/** A stop would throw away what a merge has done: one that has run so long is let end. */
export const longMerge_s = 5;

/**
 * Lets the merges of a table wait while a backlog is brought in, so that both processors are there for it. Nothing of
 * this outlives the process: after a start the engine merges.
 */
export class MergeBrake {
  /** When merges were stopped; undefined while they go. */
  #since_ms: number | undefined;
  #rest_until_ms = -Infinity;
  /** Who needs merges at present. */
  #needed = 0;
  /** Statements go one after the other, so that the last of them is what holds. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param now_ms a clock that never goes back */
  constructor(
    private readonly merges: BrakedMerges,
    private readonly now_ms: () => number = () => performance.now(),
  ) {}

  get stopped(): boolean {
    return this.#since_ms !== undefined;
  }

  /** To be called every second or so. @param waiting messages that the stream holds for this hub */
  consider(waiting: number): Promise<void> {
    return this.#inTurn(async () => {
      if (this.stopped) {
        if (waiting === 0 || (await this.#enough())) await this.#start();
      } else if (waiting >= muchWaiting && (await this.#mayStop())) {
        await this.merges.stop();
        this.#since_ms = this.now_ms();
      }
    });
  }

  /** Merges go from before `work` until it is done: a delete waits for one. */
  async whileMerging<T>(work: () => Promise<T>): Promise<T> {
    this.#needed++;
    try {
      await this.release();
      return await work();
    } finally {
      this.#needed--;
    }
  }

  /** Merges go when it resolves. */
  release(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.stopped) await this.#start();
    });
  }

  async #mayStop(): Promise<boolean> {
    if (this.#needed > 0 || this.now_ms() < this.#rest_until_ms) return false;
    const { parts, longest_s, mutations } = await this.merges.state();
    return this.#needed === 0 && parts < mostParts / 2 && longest_s < longMerge_s && mutations === 0;
  }

  async #enough(): Promise<boolean> {
    if (this.now_ms() - (this.#since_ms ?? 0) >= mostStopped_ms) return true;
    const { parts, mutations } = await this.merges.state();
    return parts >= mostParts || mutations > 0;
  }

  /** Where this fails merges count as stopped, and the next call tries again. */
  async #start(): Promise<void> {
    await this.merges.start();
    const now = this.now_ms();
    this.#rest_until_ms = now + (now - (this.#since_ms ?? now));
    this.#since_ms = undefined;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
