import { setImmediate as turn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import {
  header,
  LiveFeed,
  RejectBatch,
  TraceHistory,
  type Anchor,
  type FeedGap,
  type FeedListener,
  type LiveMessage,
  type NamedBatch,
} from '#bus';
import { AgentsService } from '../agents/agents.service.js';
import { GeoService } from '../geo/geo.service.js';
import { RecentBatches } from '../ingest/recent-batches.js';
import { HubParts } from '../parts.js';
import { BatchCache, type Fetched } from './batch-cache.js';
import { decodeLive, type LiveBatch } from './live-batch.js';

/** One who follows the stream. None of this may throw. */
export interface Follower {
  /** Whether batches are to be given to it as they come. */
  readonly live: boolean;
  /** @param batch undefined where it has no rows for anybody: it came before, or the hub does not take it */
  take(anchor: Anchor, batch: LiveBatch | undefined): void;
  /** Batches that the stream dropped before this hub had read them. */
  gap(gap: FeedGap): void;
  /** The stream is another one; it goes on after this place. */
  restarted(place: Anchor): void;
  /** NATS is away, or back. */
  connection(up: boolean): void;
}

/** Rows that may be on their way from the stream to those who follow. */
const maxRowsUnderWay = 200_000;
const cacheBytes = 64 * 2 ** 20;
/** Batches that are known again when they come a second time; so many of the stream are looked at when somebody comes. */
const maxKnown = 65_536;
const maxLearnt = 5000;
/** For so long others wait while batches are handed out. */
const turnMs = 20;

/** The stream's batches, each decoded once, for all who follow; read only while somebody does. */
@Injectable()
export class LiveRows {
  readonly history: TraceHistory;
  readonly #followers = new Set<Follower>();
  readonly #cache = new BatchCache(cacheBytes, (sequence) => this.#load(sequence));
  /** Where each batch was first. An agent that is not sure publishes one again. */
  #known = new RecentBatches<Anchor>(maxKnown);
  #run: Run | undefined;

  constructor(
    private readonly parts: HubParts,
    private readonly geo: GeoService,
    private readonly agents: AgentsService,
  ) {
    this.history = new TraceHistory(parts.bus.whenOpen);
  }

  /** What batches of late take in memory. */
  get cachedBytes(): number {
    return this.#cache.bytes;
  }

  /** After the newest batch that was handed out. It stands once `follow` has resolved. */
  get place(): Anchor {
    return this.#run?.place ?? { sequence: 0, time_us: 0 };
  }

  /** @returns how to leave; when it resolves, nothing after `place` is missed */
  async follow(follower: Follower): Promise<() => void> {
    this.#followers.add(follower);
    this.#run ??= this.#start();
    const leave = (): void => this.#leave(follower);
    try {
      await this.#run.ready;
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** @returns a batch of the stream @throws where NATS does not answer */
  batch(sequence: number): Promise<Fetched> {
    return this.#cache.get(sequence);
  }

  /** @returns whether the stream had the same batch before, as far as this hub knows */
  isRepeated(batch: NamedBatch): boolean {
    const first = this.#known.get(batch.agentId, batch.batchId);
    if (first && isBefore(first, batch)) return true;
    this.#known.set(batch.agentId, batch.batchId, anchorOf(batch));
    return false;
  }

  #start(): Run {
    const run: Run = new Run(this.parts, (place) => this.#learn(place), {
      message: (message) => this.#decode(message),
      hand: (anchor, batch) => this.#hand(run, anchor, batch),
      each: (tell) => [...this.#followers].forEach(tell),
      renewed: () => this.#cache.clear(),
    });
    return run;
  }

  #leave(follower: Follower): void {
    this.#followers.delete(follower);
    if (this.#followers.size > 0) return;
    this.#run?.close();
    this.#run = undefined;
    this.#cache.clear();
    this.#known = new RecentBatches<Anchor>(maxKnown);
  }

  /** What came of late, so that it is known when it comes again. */
  async #learn({ sequence }: Anchor): Promise<void> {
    for await (const batch of this.history.names(sequence - maxLearnt, sequence)) {
      if (this.#known.get(batch.agentId, batch.batchId)) continue;
      this.#known.set(batch.agentId, batch.batchId, anchorOf(batch));
    }
  }

  async #hand(run: Run, anchor: Anchor, batch: LiveBatch | undefined): Promise<void> {
    const fresh = batch && !this.isRepeated(batch) ? batch : undefined;
    if (fresh) this.#cache.put(fresh);
    let began = performance.now();
    for (const follower of [...this.#followers].filter(({ live }) => live)) {
      if (this.#followers.has(follower) && this.#run === run) follower.take(anchor, fresh);
      if (performance.now() - began < turnMs) continue;
      await turn();
      began = performance.now();
    }
  }

  async #load(sequence: number): Promise<Fetched> {
    const message = await this.history.fetch(sequence);
    if (!message) return 'gone';
    return (await this.#decode(message)) ?? 'rejected';
  }

  async #decode(message: LiveMessage): Promise<LiveBatch | undefined> {
    try {
      const { losses } = this.agents;
      return await decodeLive(
        message,
        (batch) => this.geo.enrich(batch),
        () => losses.cursor_us,
      );
    } catch (error) {
      if (!(error instanceof RejectBatch)) {
        this.parts.log.error(`message ${message.sequence} is left out of the live stream: ${String(error)}`);
        return undefined;
      }
      // It is rejected, counted and logged where it would be stored.
      this.parts.log.debug(`the live stream leaves out message ${message.sequence}: ${String(error)}`);
      return undefined;
    }
  }
}

interface RunTasks {
  message(message: LiveMessage): Promise<LiveBatch | undefined>;
  hand(anchor: Anchor, batch: LiveBatch | undefined): Promise<void>;
  each(tell: (follower: Follower) => void): void;
  /** What is known of the stream's numbers may not hold any more. */
  renewed(): void;
}

/** The feed from the first follower to the last: all that it tells is handed on in its order. */
class Run implements FeedListener {
  readonly ready: Promise<void>;
  readonly #feed: LiveFeed;
  #place: Anchor | undefined;
  #tail: Promise<void> = Promise.resolve();
  #rowsUnderWay = 0;
  #closed = false;

  constructor(
    parts: HubParts,
    learn: (place: Anchor) => Promise<void>,
    private readonly tasks: RunTasks,
  ) {
    this.#feed = new LiveFeed(parts.bus.whenOpen, parts.log, this);
    this.ready = this.#feed.ready.then((place) => {
      this.#place ??= place;
      return learn(place);
    });
    this.ready.catch(() => undefined);
  }

  get place(): Anchor | undefined {
    return this.#place;
  }

  close(): void {
    this.#closed = true;
    this.#feed.close();
  }

  message(message: LiveMessage): Promise<void> {
    const rows = claimedRows(message);
    this.#rowsUnderWay += rows;
    // Unpacked on other threads while the one before is handed out.
    const decoding = this.tasks.message(message);
    const anchor = anchorOf(message);
    const handed = this.#next(async () => {
      const batch = await decoding;
      // Whoever becomes live from here on begins after it.
      this.#place = anchor;
      await this.tasks.hand(anchor, batch);
      this.#rowsUnderWay -= rows;
    });
    return this.#rowsUnderWay < maxRowsUnderWay ? Promise.resolve() : handed;
  }

  gap(gap: FeedGap): void {
    void this.#next(() => this.tasks.each((follower) => follower.gap(gap)));
  }

  restarted(place: Anchor): void {
    void this.#next(() => {
      this.#place = place;
      this.tasks.renewed();
      this.tasks.each((follower) => follower.restarted(place));
    });
  }

  connection(up: boolean): void {
    this.tasks.renewed();
    this.tasks.each((follower) => follower.connection(up));
  }

  #next(work: () => Promise<void> | void): Promise<void> {
    this.#tail = this.#tail.then(() => (this.#closed ? undefined : work()));
    return this.#tail;
  }
}

const anchorOf = ({ sequence, time_us }: Anchor): Anchor => ({ sequence, time_us });

const isBefore = (a: Anchor, b: Anchor): boolean =>
  a.time_us < b.time_us - 1 || (Math.abs(a.time_us - b.time_us) <= 1 && a.sequence < b.sequence);

/** @returns how many rows a message says it has */
function claimedRows(message: LiveMessage): number {
  const rows = Number(message.headers[header.rows]);
  return Number.isSafeInteger(rows) && rows > 0 ? rows : 1;
}
