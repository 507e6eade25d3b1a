import { Injectable } from '@nestjs/common';
import { Occurrences } from '#app-kit';
import { RejectBatch, RetryLater, type DeliveryContext, type RejectedBatch } from '#bus';
import { type StoreOutcome } from '#clickhouse';
import { rewriteBatch, schemaKey } from '#wire';
import { batchRepaired } from '../occurrences.js';
import { GeoService } from '../geo/geo.service.js';
import { HubParts } from '../parts.js';
import { type SpanStart, traced, type WorkSpan } from '../tracing/tracing.js';
import { BatchCombiner } from './batch-combiner.js';
import { BatchRepository } from './batch.repository.js';
import { checkBatch, claimedBatch } from './check-batch.js';
import { FaultHook } from './fault-hook.js';
import { GroupWriter, retryMs, type ClaimedBatch } from './group-writer.js';
import { unpackBatch, unpackedBytes } from './gunzip.js';
import { MemoryGate } from './memory-gate.js';
import { NewestRows } from './newest-rows.js';
import { Patience } from './patience.js';
import { keyOf, RecentBatches } from './recent-batches.js';
import { StoredTeller } from './stored-teller.js';

/** Most rows of an insert: half as many take a sixth more CPU a row and a third more for merges, and 130 MB less while ClickHouse sorts them. */
const maxRows = 300_000;
const enoughRows = 250_000;
/** Batches in hand; half of them are inserted without waiting for more. */
export const maxInHand = 8192;
/** After so long without a delivery nobody knows what the stream holds. */
const staleMs = 10_000;

/** A batch with the time of its last row, µs since 1970: rows are in the order in which they were received. */
interface TimedBatch extends ClaimedBatch {
  readonly newest_us: number;
}

/** Brings the rows of messages into the store, once, many at a time. */
@Injectable()
export class IngestService {
  readonly #patience: Patience;
  readonly #gate: MemoryGate;
  readonly #writer: GroupWriter;
  readonly #combiner: BatchCombiner<TimedBatch, StoreOutcome>;
  readonly #occurrences: Occurrences;
  /** How new the rows are that were stored. */
  readonly newest = new NewestRows();
  /** The spans of batches until they are inserted. */
  readonly #spans = new WeakMap<TimedBatch, WorkSpan>();
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
    this.#occurrences = new Occurrences(log, counters);
    this.#patience = new Patience(() => store.ping());
    this.#writer = new GroupWriter({
      storeBatches,
      patience: this.#patience,
      counters,
      log,
      onInserted: (seconds) => parts.insertTimes.observe(seconds),
    });
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
    if (context.info.deliveries > 1) this.parts.counters.counter('ingest_redeliveries').add();
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
    const { deliveries } = context.info;
    const attributes = { 'visor.agent': agent, 'visor.batch': `${batchId}`, 'visor.deliveries': deliveries };
    const start: SpanStart = { name: 'ingest batch', kind: 'consumer', attributes };
    try {
      await traced(this.parts.tracing, start, (span) => this.#hold(bytes, context, span));
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
  async #hold(bytes: Uint8Array, context: DeliveryContext, span: WorkSpan): Promise<void> {
    const size = unpackedBytes({ bytes, headers: context.info.headers });
    this.#refuseIfAway();
    const room = this.#gate.acquire(size);
    // Those in hand may be all that there is room for: they need not wait for more.
    this.#combiner.consider();
    await room;
    try {
      const ready = await traced(this.parts.tracing, { name: 'unpack and check' }, () =>
        this.#prepare(bytes, context),
      );
      this.#spans.set(ready, span);
      const outcome = await this.#combiner.add(ready);
      span.set({ 'visor.rows': ready.rows, 'visor.outcome': outcome });
      this.#count(ready, outcome);
    } finally {
      this.#gate.release(size);
      this.#combiner.consider();
    }
  }

  async #prepare(bytes: Uint8Array, context: DeliveryContext): Promise<TimedBatch> {
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
        newest_us: source.rows > 0 ? source.get('ts', source.rows - 1) : -Infinity,
        schema: schemaKey(ready),
        repeated: context.repeated,
        claim: context,
      };
    } finally {
      this.#preparing--;
    }
  }

  async #insert(batches: readonly TimedBatch[]): Promise<readonly PromiseSettledResult<StoreOutcome>[]> {
    const results = await traced(this.parts.tracing, this.#insertSpan(batches), () =>
      this.#writer.write(batches),
    );
    if (this.#patience.away) this.#sendBack('ClickHouse is away.', retryMs);
    const stored = batches.filter((_, at) => results[at]?.status === 'fulfilled');
    for (const { agentId, batchId, newest_us } of stored) {
      this.#settled.set(agentId, batchId, 'stored');
      this.newest.stored(agentId, newest_us);
    }
    await this.faults.beforeAck(stored);
    await this.teller.stored(stored);
    return results;
  }

  #insertSpan(batches: readonly TimedBatch[]): SpanStart {
    if (!this.parts.tracing.on) return { name: '' };
    const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
    const links = batches.map((batch) => this.#spans.get(batch)).filter((span) => span !== undefined);
    const attributes = {
      'visor.batches': batches.length,
      'visor.rows': rows,
      'db.system.name': 'clickhouse',
    };
    return { name: 'insert batches', kind: 'client', attributes, links };
  }

  #count({ batchId, agentId, rows }: ClaimedBatch, outcome: StoreOutcome): void {
    const { counters } = this.parts;
    if (outcome !== 'already') counters.counter('ingest_rows').add(rows);
    if (outcome === 'repaired')
      this.#occurrences.tell(batchRepaired, { agent: agentId, batch: `${batchId}` });
    else counters.counter('ingest_batches', outcome).add();
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
