import { type LossJson, type LossQuery } from '#clickhouse';
import { toPredicate, type Predicate } from '#filter';
import { formatTimestamp, type JsonRow } from '#columns';
import { type LiveBatch } from './live-batch.js';
import { type Follower, type LiveRows } from './live-rows.js';
import { type LossNews } from '../agents/loss-json.js';
import { SessionLosses } from './session-losses.js';
import { type SseWriter } from './sse-writer.js';
import { type Replay, type StreamQuery } from './stream-query.js';

/** What a session reads from the store; all of it comes in the order of time. */
export interface StoreReader {
  rows(replay: Replay): AsyncIterable<JsonRow>;
  losses(query: LossQuery): Promise<LossJson[]>;
}

/** Live rows that may wait until the rows of the store are sent. */
const maxHeldRows = 100_000;
/** Batches that are in the stream and not in the store yet, which are read from the stream itself. */
const maxFetched = 2000;

/**
 * One client of the live stream: first the rows of the store it asked for, then the live ones, none missing and none
 * twice in between. The stream is followed before the store is asked; what is in neither, because it is published and
 * not stored yet, is read from the stream.
 */
export class StreamSession implements Follower {
  readonly #matches: Predicate;
  readonly #losses: SessionLosses;
  #held: LiveBatch[] | undefined = [];
  #heldRows = 0;
  /** The rows of the store that were sent, and the time of the first where older ones were left out. */
  readonly #sent = new Set<string>();
  #cutoff = '';
  #leave = (): void => undefined;

  constructor(
    private readonly query: StreamQuery,
    private readonly writer: SseWriter,
    private readonly live: LiveRows,
    private readonly reader: StoreReader,
  ) {
    this.#matches = toPredicate(query.filter);
    this.#losses = new SessionLosses(query, writer, (asked) => reader.losses(asked));
  }

  batch(batch: LiveBatch): void {
    if (!this.#held) return this.#send(batch);
    if (this.#heldRows + batch.source.rows > maxHeldRows) return this.writer.lost(this.#count(batch));
    this.#heldRows += batch.source.rows;
    this.#held.push(batch);
  }

  lost(rows: number): void {
    this.writer.lost(rows);
  }

  /** Events that an agent lost. */
  loss(news: LossNews): void {
    this.#losses.take(news);
  }

  /** Resolves when the rows of the store are sent and the live ones follow by themselves. */
  async start(): Promise<void> {
    const { fromSequence, leave } = await this.live.follow(this);
    this.#leave = leave;
    if (this.query.replay) {
      const stored = await this.live.storedThrough();
      await this.#replay(this.query.replay);
      await this.#fetch(stored + 1, fromSequence);
    }
    const held = (this.#held ?? []).sort((a, b) => a.sequence - b.sequence);
    this.#held = undefined;
    for (const batch of held) this.#send(batch);
    this.#losses.live();
    this.#sent.clear();
    this.#cutoff = '';
    this.writer.live();
  }

  stop(): void {
    this.#leave();
    this.#held = [];
    this.writer.end();
  }

  async #replay(replay: Replay): Promise<void> {
    let first = '';
    for await (const row of this.reader.rows(replay)) {
      if (this.writer.closed) return;
      const ts = String(row.ts);
      if (first === '') await this.#losses.load(ts);
      first ||= ts;
      this.#losses.sendUntil(ts);
      this.#sent.add(`${row.packet_id}/${row.hop}`);
      await this.writer.roomy();
      this.writer.row('', JSON.stringify(row));
    }
    if (first === '') await this.#losses.load(undefined);
    this.#losses.sendUntil(undefined);
    // Older rows were left out on purpose: they must not come after all because their batch was stored meanwhile.
    if (this.#sent.size >= replay.portion.count) this.#cutoff = first;
  }

  async #fetch(from: number, before: number): Promise<void> {
    const start = Math.max(from, before - maxFetched);
    if (from < start) this.writer.behind(start - from);
    const known = new Set(this.#held?.map((batch) => batch.sequence));
    for (let sequence = start; sequence < before && !this.writer.closed; sequence++) {
      if (known.has(sequence)) continue;
      const batch = await this.live.fetch(sequence);
      if (batch) this.#held?.push(batch);
    }
  }

  #count(batch: LiveBatch): number {
    const matches = this.#matches(batch.source);
    let rows = 0;
    for (let row = 0; row < batch.source.rows; row++) if (matches(row)) rows++;
    return rows;
  }

  #send(batch: LiveBatch): void {
    const matches = this.#matches(batch.source);
    for (const row of batch.order) {
      if (!matches(row) || (this.#sent.size > 0 && this.#wasSent(batch, row))) continue;
      this.writer.row(`${batch.sequence}-${row}`, batch.json(row));
    }
  }

  #wasSent(batch: LiveBatch, row: number): boolean {
    if (this.#sent.has(batch.key(row))) return true;
    return this.#cutoff !== '' && formatTimestamp(batch.source.get('ts', row)) < this.#cutoff;
  }
}
