import { setImmediate as turn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Occurrences } from '#app-kit';
import { RejectBatch, TraceHistory, type Anchor, type LiveMessage, type NamedBatch } from '#bus';
import { AgentsService } from '../agents/agents.service.js';
import { GeoService } from '../geo/geo.service.js';
import { RecentBatches } from '../ingest/recent-batches.js';
import { liveBatchFailed, liveClientFailed } from '../occurrences.js';
import { HubParts } from '../parts.js';
import { BatchCache, type Decoded, type Fetched } from './batch-cache.js';
import { type Follower } from './follower.js';
import { decodeLive, type LiveBatch } from './live-batch.js';
import { anchorOf, LiveRun } from './live-run.js';

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
  #run: LiveRun | undefined;
  readonly #occurrences: Occurrences;

  constructor(
    private readonly parts: HubParts,
    private readonly geo: GeoService,
    private readonly agents: AgentsService,
  ) {
    this.#occurrences = new Occurrences(parts.log, parts.counters);
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

  #start(): LiveRun {
    const run: LiveRun = new LiveRun(this.parts, (place) => this.#learn(place), {
      message: (message) => this.#decode(message),
      hand: (anchor, batch) => this.#hand(run, anchor, batch),
      failed: (anchor, error) => this.#handFailed(anchor, error),
      each: (event, tell) => [...this.#followers].forEach((follower) => this.tell(follower, event, tell)),
      renewed: () => this.#cache.clear(),
    });
    return run;
  }

  /** One that throws is ended alone: its client comes back to where it was. */
  tell(follower: Follower, event: string, tell: (follower: Follower) => void): void {
    try {
      tell(follower);
    } catch (error) {
      this.#occurrences.tell(liveClientFailed, { cause: event, reason: textOf(error) });
      this.#leave(follower);
      follower.failed(error);
    }
  }

  /** Whoever has it already is not told. */
  #handFailed(anchor: Anchor, error: unknown): void {
    this.countFailed('hand', anchor.sequence, error);
    for (const follower of [...this.#followers].filter(({ live }) => live))
      this.tell(follower, 'batch', () => follower.take(anchor, 'failed'));
  }

  /** A batch that some do not get, by what failed: decode, hand, show. */
  countFailed(cause: string, sequence: number, error: unknown): void {
    this.#occurrences.tell(liveBatchFailed, { cause, sequence, reason: textOf(error) });
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

  async #hand(run: LiveRun, anchor: Anchor, batch: Decoded): Promise<void> {
    const fresh = batch === 'failed' ? batch : this.#fresh(batch);
    let began = performance.now();
    for (const follower of [...this.#followers].filter(({ live }) => live)) {
      if (this.#followers.has(follower) && this.#run === run)
        this.tell(follower, 'batch', () => follower.take(anchor, fresh));
      if (performance.now() - began < turnMs) continue;
      await turn();
      began = performance.now();
    }
  }

  #fresh(batch: LiveBatch | 'rejected'): LiveBatch | undefined {
    if (batch === 'rejected' || this.isRepeated(batch)) return undefined;
    this.#cache.put(batch);
    return batch;
  }

  async #load(sequence: number): Promise<Fetched> {
    const message = await this.history.fetch(sequence);
    if (!message) return 'gone';
    return this.#decode(message);
  }

  async #decode(message: LiveMessage): Promise<Decoded> {
    try {
      const { losses } = this.agents;
      return await decodeLive(
        message,
        (batch) => this.geo.enrich(batch),
        () => losses.cursor_us,
      );
    } catch (error) {
      if (!(error instanceof RejectBatch)) {
        this.countFailed('decode', message.sequence, error);
        return 'failed';
      }
      // It is rejected, counted and logged where it would be stored.
      this.parts.log.debug(`the live stream leaves out message ${message.sequence}: ${String(error)}`);
      return 'rejected';
    }
  }
}

const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

const isBefore = (a: Anchor, b: Anchor): boolean =>
  a.time_us < b.time_us - 1 || (Math.abs(a.time_us - b.time_us) <= 1 && a.sequence < b.sequence);
