import { setTimeout as sleep } from 'node:timers/promises';
import { type Anchor, type FeedGap } from '#bus';
import { type Follower, type Taken } from '../live/follower.js';
import { type LiveBatch } from '../live/live-batch.js';
import { type LiveRows } from '../live/live-rows.js';

/** `failed`: the hub cannot read or evaluate it; `gone`: the stream dropped it before; `too_old`: see alerts.max-replay. */
export type MissedCause = 'failed' | 'gone' | 'too_old';

/** What a walk tells; none of it may throw. */
export interface WalkTasks {
  /** The rows of a batch, which none before it had. */
  batch(batch: LiveBatch): void;
  /** All that the stream took up to then was told; only while it is behind. */
  passed(time_us: number): void;
  missed(cause: MissedCause, batches: number): void;
  /** Whether batches have to wait. */
  full(): boolean;
  failed(error: unknown): void;
}

const retryMs = 1000;
const fullMs = 200;
/** Batches that are read ahead. */
const ahead = 4;

/** Goes through the stream of traces from a place on, each batch once: first what it holds, then what comes. */
export class StreamWalk implements Follower {
  live = false;
  #place: Anchor = { sequence: 0, time_us: 0 };
  /** The stream may be another one than that of `#place`. */
  #doubtful = false;
  #ended = false;
  #leave: () => void = () => undefined;
  #walking: Promise<void> = Promise.resolve();

  constructor(
    private readonly rows: LiveRows,
    private readonly tasks: WalkTasks,
  ) {}

  /** After what was told last. */
  get place(): Anchor {
    return this.#place;
  }

  /** Resolves when nothing that comes from now on can be missed; `begin` goes on from there. @throws what NATS answers */
  async open(): Promise<void> {
    this.#leave = await this.rows.follow(this);
    this.#place = this.rows.place;
  }

  /** Goes back to a place. @param since_us batches that the stream took before are left out */
  async goTo(place: Anchor, since_us: number): Promise<void> {
    this.#place = place;
    await this.#locate();
    const from = await this.#patiently(() => this.rows.history.placeAt(since_us));
    const batches = from.sequence - this.#place.sequence;
    if (batches <= 0) return;
    this.tasks.missed('too_old', batches);
    this.#place = from;
  }

  begin(): void {
    this.#walking = this.#walk().catch((error: unknown) => {
      if (!this.#ended) this.tasks.failed(error);
    });
  }

  /** Nothing is told any more when it resolves. */
  async close(): Promise<void> {
    this.#ended = true;
    this.live = false;
    this.#leave();
    await this.#walking;
  }

  // What LiveRows tells.

  take(anchor: Anchor, batch: Taken): void {
    if (anchor.sequence <= this.#place.sequence) return;
    if (typeof batch === 'object') this.tasks.batch(batch);
    else if (batch === 'failed') this.tasks.missed('failed', 1);
    this.#place = anchor;
    // What comes meanwhile is read from the stream later.
    if (this.tasks.full()) this.live = false;
  }

  gap({ batches }: FeedGap): void {
    if (this.live) this.tasks.missed('gone', batches);
  }

  restarted(place: Anchor): void {
    if (this.live) this.#place = place;
    else this.#doubtful = true;
  }

  connection(): void {
    this.#doubtful ||= !this.live;
  }

  failed(error: unknown): void {
    this.tasks.failed(error);
  }

  async #walk(): Promise<void> {
    while (!this.#ended) {
      if (this.live || this.tasks.full()) await sleep(fullMs);
      else await this.#step();
    }
  }

  async #step(): Promise<void> {
    if (this.#doubtful) await this.#locate();
    const { sequence } = this.#place;
    if (this.#doubtful || this.#ended) return;
    if (sequence >= this.rows.place.sequence) {
      // With nothing in between: what is handed out from here on comes to it.
      this.live = true;
      return;
    }
    const next = sequence + 1;
    for (let more = 1; more <= ahead && next + more < this.rows.place.sequence; more++)
      this.rows.batch(next + more).catch(() => undefined);
    const batch = await this.#patiently(() => this.rows.batch(next));
    if (this.#doubtful || this.#ended) return;
    if (batch === 'gone') return this.#skipGone(next);
    if (batch === 'failed') this.tasks.missed('failed', 1);
    const known = typeof batch === 'object';
    if (known && !this.rows.isRepeated(batch)) this.tasks.batch(batch);
    this.#place = { sequence: next, time_us: known ? batch.time_us : this.#place.time_us };
    this.tasks.passed(this.#place.time_us);
  }

  async #locate(): Promise<void> {
    this.#doubtful = false;
    const { place, missing } = await this.#patiently(() => this.rows.history.locate(this.#place));
    if (missing > 0) this.tasks.missed('gone', missing);
    this.#place = place;
  }

  /** The stream dropped what comes next; or it has a hole, which no hub can fill. */
  async #skipGone(next: number): Promise<void> {
    const before = this.#place;
    await this.#locate();
    if (this.#place.sequence !== before.sequence) return;
    this.tasks.missed('gone', 1);
    this.#place = { sequence: next, time_us: before.time_us };
  }

  /** Asks NATS until it answers. @throws when the walk has ended */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (this.#ended) throw error;
        await sleep(retryMs);
        if (this.#ended) throw error;
      }
    }
  }
}
