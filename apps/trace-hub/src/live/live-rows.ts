import { Injectable } from '@nestjs/common';
import { LiveFeed, type LiveMessage, type LiveSubscription } from '#bus';
import { GeoService } from '../geo/geo.service.js';
import { HubParts } from '../parts.js';
import { claimedRows, decodeLive, type LiveBatch } from './live-batch.js';

/** One who follows the stream. */
export interface Follower {
  batch(batch: LiveBatch): void;
  /** Rows that came faster than they could be decoded. */
  lost(rows: number): void;
}

/** What may wait to be decoded. */
const maxWaitingBytes = 32 * 2 ** 20;

/** The stream's batches, each decoded once, for all who follow. */
@Injectable()
export class LiveRows {
  readonly #feed: LiveFeed;
  readonly #followers = new Set<Follower>();
  #subscription: LiveSubscription | undefined;
  #tail: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  /** The number after the last batch that was handed out, while somebody follows. */
  #next: number | undefined;

  constructor(
    private readonly parts: HubParts,
    private readonly geo: GeoService,
  ) {
    this.#feed = new LiveFeed(parts.bus.whenOpen, parts.log);
  }

  /** @returns how to leave, and from which number of the stream on nothing is missed */
  async follow(follower: Follower): Promise<{ fromSequence: number; leave: () => void }> {
    this.#followers.add(follower);
    // Batches below it were handed out before this follower came.
    const next = this.#next;
    this.#subscription ??= this.#feed.subscribe((message) => this.#take(message));
    const leave = (): void => this.#leave(follower);
    try {
      const { fromSequence } = await this.#subscription.ready;
      this.#next ??= fromSequence;
      return { fromSequence: next ?? fromSequence, leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  #leave(follower: Follower): void {
    this.#followers.delete(follower);
    if (this.#followers.size > 0) return;
    this.#subscription?.close();
    this.#subscription = undefined;
    this.#next = undefined;
  }

  /** @returns the number up to which the stream is in the store */
  storedThrough(): Promise<number> {
    return this.#feed.storedThrough();
  }

  /** @returns a batch of the stream; undefined when it is gone or was rejected */
  async fetch(sequence: number): Promise<LiveBatch | undefined> {
    const message = await this.#feed.fetch(sequence);
    return message && (await this.#decode(message));
  }

  #take(message: LiveMessage): void {
    if (this.#waitingBytes > maxWaitingBytes) {
      const rows = claimedRows(message);
      this.parts.counters.counter('live_rows_lost', 'decoding').add(rows);
      for (const follower of this.#followers) follower.lost(rows);
      return;
    }
    this.#waitingBytes += message.bytes.length;
    this.#tail = this.#tail.then(async () => {
      const batch = await this.#decode(message);
      this.#waitingBytes -= message.bytes.length;
      this.#next = message.sequence + 1;
      if (batch) for (const follower of [...this.#followers]) follower.batch(batch);
    });
  }

  async #decode(message: LiveMessage): Promise<LiveBatch | undefined> {
    try {
      return await decodeLive(message, (batch) => this.geo.enrich(batch));
    } catch (error) {
      // The same batch is rejected, counted and logged where it would be stored.
      this.parts.log.debug(`the live stream leaves out message ${message.sequence}: ${String(error)}`);
      return undefined;
    }
  }
}
