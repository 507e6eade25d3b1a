import { Injectable } from '@nestjs/common';
import { RejectBatch, RetryLater, type DeliveryContext, type RejectedBatch } from '#bus';
import { type StoreOutcome } from '#clickhouse';
import { rewriteBatch, schemaKey } from '#wire';
import { GeoService } from '../geo/geo.service.js';
import { HubParts } from '../parts.js';
import { BatchCombiner } from './batch-combiner.js';
import { BatchRepository } from './batch.repository.js';
import { checkBatch, claimedBatch } from './check-batch.js';
import { FaultHook } from './fault-hook.js';
import { GroupWriter, retryMs, type ClaimedBatch } from './group-writer.js';
import { unpackBatch, unpackedBytes } from './gunzip.js';
import { MemoryGate } from './memory-gate.js';
import { Patience } from './patience.js';
import { keyOf, RecentBatches } from './recent-batches.js';
import { StoredTeller } from './stored-teller.js';

/** Most rows of an insert: twice as many are no faster, and take 130 MB more while ClickHouse sorts them. */
const maxRows = 150_000;
const enoughRows = 100_000;
/** Batches in hand; half of them are inserted without waiting for more. */
export const maxInHand = 8192;
/** After so long without a delivery nobody knows what the stream holds. */
const staleMs = 10_000;

/** Brings the rows of messages into the store, once, many at a time. */
@Injectable()
export class IngestService {
  readonly #patience: Patience;
  readonly #gate: MemoryGate;
  readonly #writer: GroupWriter;
  readonly #combiner: BatchCombiner<ClaimedBatch, StoreOutcome>;
  readonly #inHand = new Map<string, Promise<void>>();
  readonly #settled = new RecentBatches<'stored' | RejectedBatch>(65_536);
  /** Batches that have room and are not ready to be inserted yet. */
  #preparing = 0;
  #stopping = false;
  #backlog = 0;
  #told_ms = -Infinity;

  constructor(
    private readonly parts: HubParts,
    repository: BatchRepository,
    private readonly faults: FaultHook,
    private readonly geo: GeoService,
    private readonly teller: StoredTeller,
  ) {
    const { config, store, counters, log } = parts;
    const storeBatches = repository.storeBatches.bind(repository);
    this.#patience = new Patience(() => store.ping());
    this.#writer = new GroupWriter({ storeBatches, patience: this.#patience, counters, log });
    this.#gate = new MemoryGate(config.ingestMaxMemory);
    this.#combiner = new BatchCombiner({
      lingerMs: config.ingestLingerMs,
      enoughRows,
      enoughBatches: maxInHand / 2,
      maxRows,
      // One insert runs while the next one is gathered.
      maxBytes: config.ingestMaxMemory / 2,
      full: () => this.#gate.waiting > 0 && this.#preparing === 0,
      insert: (batches) => this.#insert(batches),
    });
  }

  /** Whether ClickHouse does not take batches, as far as is known. */
  get away(): boolean {
    return this.#patience.away;
  }

  /** Bytes of unpacked batches in hand. */
  get heldBytes(): number {
    return this.#gate.held;
  }

  /** Batches that the stream held for the hubs when one was delivered last. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Batches that are not in the next insert, in the stream and here; 0 where that insert will have all. */
  get waiting(): number {
    const { batches, rows } = this.#combiner.waiting;
    const inStream = performance.now() - this.#told_ms < staleMs ? this.#backlog : 0;
    return inStream + (rows > maxRows ? batches : 0);
  }

  /** At each delivery: how many more the stream holds. */
  tellBacklog(messages: number): void {
    this.#backlog = messages;
    this.#told_ms = performance.now();
  }

  /** Resolves when ClickHouse takes batches, as far as is known. */
  ready(stop: AbortSignal): Promise<void> {
    return this.#patience.back(stop);
  }

  /** @returns whether the batch is being brought into the store, or what became of it of late */
  lately(agentId: string, batchId: bigint): 'in_hand' | 'stored' | RejectedBatch | undefined {
    const settled = this.#settled.get(agentId, batchId);
    return settled ?? (this.#inHand.has(keyOf(agentId, batchId)) ? 'in_hand' : undefined);
  }

  /** Finishes the insert that runs; all else that is in hand goes back to the stream, for other replicas. */
  stop(): void {
    this.#stopping = true;
    this.#sendBack('The hub stops.', 0);
    this.#writer.close();
  }

  /**
   * Resolves when the rows are in the store. A batch that is in hand, or was stored a moment ago, is not stored again.
   * @throws RejectBatch when it can never be stored, RetryLater when ClickHouse is away or the hub stops
   */
  async store(bytes: Uint8Array, context: DeliveryContext): Promise<void> {
    const { agent, batchId } = claimedBatch(context.info.subject, context.info.headers);
    const key = keyOf(agent, batchId);
    for (let other = this.#inHand.get(key); other; other = this.#inHand.get(key)) {
      await other.catch(() => undefined);
    }
    if (this.#settled.get(agent, batchId) === 'stored') {
      this.parts.counters.counter('ingest_batches', 'already').add();
      return this.teller.stored([{ agentId: agent, batchId }]);
    }
    const stored = this.#storeNew(bytes, context, agent, batchId);
    this.#inHand.set(key, stored);
    try {
      await stored;
    } finally {
      this.#inHand.delete(key);
    }
  }

  async #storeNew(
    bytes: Uint8Array,
    context: DeliveryContext,
    agent: string,
    batchId: bigint,
  ): Promise<void> {
    try {
      await this.#hold(bytes, context);
    } catch (error) {
      if (error instanceof RejectBatch) {
        const rejected = { batchId, reason: error.reason };
        this.#settled.set(agent, batchId, rejected);
        await this.teller.rejected(agent, rejected);
      }
      throw error;
    }
  }

  /** Keeps to `ingest.max-memory` from before the batch is unpacked until it is stored. */
  async #hold(bytes: Uint8Array, context: DeliveryContext): Promise<void> {
    const size = unpackedBytes({ bytes, headers: context.info.headers });
    this.#refuseIfAway();
    const room = this.#gate.acquire(size);
    // Those in hand may be all that there is room for: they need not wait for more.
    this.#combiner.consider();
    await room;
    try {
      const ready = await this.#prepare(bytes, context);
      const outcome = await this.#combiner.add(ready);
      this.#count(ready, outcome);
    } finally {
      this.#gate.release(size);
      this.#combiner.consider();
    }
  }

  async #prepare(bytes: Uint8Array, context: DeliveryContext): Promise<ClaimedBatch> {
    this.#preparing++;
    try {
      this.#refuseIfAway();
      const { subject, headers } = context.info;
      const arrow = await unpackBatch({ bytes, headers });
      const { agent, source, ...batch } = checkBatch(subject, headers, arrow);
      const enriched = this.geo.enrich(source);
      const ready = enriched === source ? arrow : rewriteBatch(enriched);
      this.#refuseIfAway();
      return {
        ...batch,
        bytes: ready,
        agentId: agent,
        rows: source.rows,
        schema: schemaKey(ready),
        repeated: context.repeated,
        claim: context,
      };
    } finally {
      this.#preparing--;
    }
  }

  async #insert(batches: readonly ClaimedBatch[]): Promise<readonly PromiseSettledResult<StoreOutcome>[]> {
    const results = await this.#writer.write(batches);
    if (this.#patience.away) this.#sendBack('ClickHouse is away.', retryMs);
    const stored = batches.filter((_, at) => results[at]?.status === 'fulfilled');
    for (const { agentId, batchId } of stored) this.#settled.set(agentId, batchId, 'stored');
    await this.faults.beforeAck(stored);
    await this.teller.stored(stored);
    return results;
  }

  #count({ batchId, agentId, rows }: ClaimedBatch, outcome: StoreOutcome): void {
    const { counters, log } = this.parts;
    counters.counter('ingest_batches', outcome).add();
    if (outcome !== 'already') counters.counter('ingest_rows').add(rows);
    if (outcome === 'repaired')
      log.warn(`batch ${batchId} of ${agentId} was partly stored; it was stored anew as a whole`);
  }

  #refuseIfAway(): void {
    if (this.#stopping) throw new RetryLater('The hub stops.', 0);
    if (this.#patience.away) throw new RetryLater('ClickHouse is away.', retryMs);
  }

  #sendBack(why: string, delayMs: number): void {
    this.#combiner.refuse(new RetryLater(why, delayMs));
    this.#gate.refuse(new RetryLater(why, delayMs));
  }
}
