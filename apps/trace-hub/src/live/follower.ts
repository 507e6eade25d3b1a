import { type Anchor, type FeedGap } from '#bus';
import { type LiveBatch } from './live-batch.js';

/** What one who follows is given of a message: undefined where it has no rows for anybody, since it came before or the hub does not take it. */
export type Taken = LiveBatch | 'failed' | undefined;

/** One who follows the stream. Who throws is told `failed`, and nothing after it. */
export interface Follower {
  /** Whether batches are to be given to it as they come. */
  readonly live: boolean;
  take(anchor: Anchor, batch: Taken): void;
  /** Batches that the stream dropped before this hub had read them. */
  gap(gap: FeedGap): void;
  /** The stream is another one; it goes on after this place. */
  restarted(place: Anchor): void;
  /** NATS is away, or back. */
  connection(up: boolean): void;
  /** What it threw itself. */
  failed(error: unknown): void;
}
