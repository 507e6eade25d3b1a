import { type BatchRows, keyOf, type BatchKey, type PlacedBatch } from './batch-rows.js';
import { columnList } from './columns.js';
import { type DoubtfulBatches } from './doubtful.js';
import { type Engine } from './engine.js';
import { type RollupMarks } from './rollup-marks.js';
import { daySql } from './sql-values.js';

/** A batch as the hub has checked it: every row bears `batchId` and `agentId`. */
export interface StoredBatch extends PlacedBatch {
  /** An Arrow IPC stream of the columns of libs/columns; those that it lacks get their defaults. */
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** The UTC days of its rows, as `2026-11-21`. */
  readonly days: readonly string[];
  /** The Unix minutes in which it has decisive rows. */
  readonly minutes: readonly number[];
  /** Whether it may have come before, so that some of its rows may be there. */
  readonly repeated: boolean;
  /** Batches of the same schema may be joined. */
  readonly schema: string;
}

export type StoreOutcome =
  /** It was not there and now is. */
  | 'inserted'
  /** It was there as a whole. */
  | 'already'
  /** Part of it was there, or some twice; now it is there once, as a whole. */
  | 'repaired';

/** Joins Arrow streams of the same schema to one. @returns its pieces, one after the other */
export type Join = (streams: readonly Uint8Array[]) => readonly Uint8Array[];

export interface TraceWriterOptions {
  readonly join?: Join | undefined;
  /** An insert that took longer may have been taken for that of a dead hub. */
  readonly slow_ms: number;
  /** Whether `traces` is distributed over a cluster: an insert resolves when its shards have the rows. */
  readonly distributed?: boolean;
}

/**
 * A batch is no series that ClickHouse should deduplicate: a repaired batch is the same bytes again. An insert becomes one
 * part, whatever the number of record batches in its stream: one thread, and blocks that are joined without a limit.
 */
export const INSERT_SETTINGS =
  'SETTINGS async_insert = 0, insert_deduplicate = 0, input_format_arrow_allow_missing_columns = 1, ' +
  'max_insert_threads = 1, min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 0';

/** Brings batches into table `traces`, each row once. */
export class TraceWriter {
  constructor(
    private readonly engine: Engine,
    private readonly batches: BatchRows,
    private readonly marks: RollupMarks,
    private readonly doubtful: DoubtfulBatches,
    private readonly options: TraceWriterOptions,
  ) {}

  /**
   * All rows are in the table, and as durable as the table is set to be, when it resolves. Those of one UTC day and
   * schema go in as one part.
   *
   * @param batches each once
   * @returns the outcome of each, in their order
   * @throws StoreError 'bad_data' where ClickHouse cannot read one of them; after any error each may be there wholly,
   * partly or not at all, and must come again as `repeated`
   */
  async storeBatches(batches: readonly StoredBatch[]): Promise<StoreOutcome[]> {
    if (batches.length === 0) return [];
    const began = performance.now();
    const counts = await this.batches.count(batches.filter(({ repeated }) => repeated));
    const outcomes = batches.map((batch) => outcomeOf(batch, counts));
    const minutes = [...new Set(batches.flatMap((batch) => batch.minutes))];
    await this.marks.touch(minutes);
    try {
      const missing = batches.filter((_, at) => outcomes[at] !== 'already');
      await this.doubtful.note(missing.filter(({ repeated }) => repeated));
      const whole = await this.#thinned(missing, counts);
      const absent = missing.filter((batch) => !whole.has(batch));
      await this.batches.delete(absent.filter((batch) => counts.has(keyOf(batch))));
      for (const group of bySchema(absent)) await this.#insertGroup(group);
      if (performance.now() - began > this.options.slow_ms) {
        await this.marks.renew(minutes);
        await this.doubtful.note(missing);
      }
    } finally {
      this.marks.release(minutes);
    }
    return outcomes;
  }

  /**
   * @param batches of one agent, with the time span of their rows in µs
   * @returns the ids of those whose rows are all there
   */
  async storedBatches(
    agentId: string,
    batches: readonly {
      readonly batchId: bigint;
      readonly rows: number;
      readonly from_us: number;
      readonly until_us: number;
    }[],
  ): Promise<bigint[]> {
    if (batches.length === 0) return [];
    const from = batches.reduce((least, { from_us }) => Math.min(least, from_us), Infinity);
    const until = batches.reduce((most, { until_us }) => Math.max(most, until_us), -Infinity);
    const keys: BatchKey[] = batches.map(({ batchId }) => ({ batchId, agentId }));
    const counts = await this.batches.countBetween(keys, from, until);
    return batches
      .filter(({ batchId, rows }) => (counts.get(keyOf({ batchId, agentId })) ?? 0) >= rows)
      .map(({ batchId }) => batchId);
  }

  /**
   * Of batches that are there more than once the surplus goes, never the last copy: they may have been acknowledged by
   * another hub, and this one may end before it could insert them anew.
   * @returns those of which each row is there then
   */
  async #thinned(batches: readonly StoredBatch[], counts: Counts): Promise<Set<StoredBatch>> {
    const twice = batches.filter((batch) => (counts.get(keyOf(batch)) ?? 0) > batch.rows);
    for (const batch of twice) await this.doubtful.thin(batch);
    const left = await this.batches.count(twice);
    return new Set(twice.filter((batch) => left.get(keyOf(batch)) === batch.rows));
  }

  /** One insert for each day: an insert over two partitions can be half there after a crash. */
  async #insertGroup(group: readonly StoredBatch[]): Promise<void> {
    for (const part of this.#joinable(group)) {
      const days = [...new Set(part.flatMap((batch) => batch.days))].sort();
      for (const day of days) {
        const pieces = this.#join(part.filter((batch) => batch.days.includes(day)));
        await this.#insert(pieces, days.length === 1 ? '' : ` WHERE toDate(ts) = ${daySql(day)}`);
      }
    }
  }

  #joinable(group: readonly StoredBatch[]): (readonly StoredBatch[])[] {
    return this.options.join ? [group] : group.map((batch) => [batch]);
  }

  #join(batches: readonly StoredBatch[]): readonly Uint8Array[] {
    const streams = batches.map(({ bytes }) => bytes);
    return streams.length > 1 && this.options.join ? this.options.join(streams) : streams;
  }

  async #insert(pieces: readonly Uint8Array[], where: string): Promise<void> {
    const across = this.options.distributed ? ', distributed_foreground_insert = 1' : '';
    const into = `INSERT INTO traces (${columnList}) ${INSERT_SETTINGS}${across}`;
    await this.engine.insert({
      pieces,
      sql: (source) => `${into} SELECT ${columnList} FROM ${source}${where}`,
    });
  }
}

type Counts = ReadonlyMap<string, number>;

function outcomeOf(batch: StoredBatch, counts: Counts): StoreOutcome {
  const present = counts.get(keyOf(batch)) ?? 0;
  if (present === 0) return 'inserted';
  return present === batch.rows ? 'already' : 'repaired';
}

function bySchema(batches: readonly StoredBatch[]): StoredBatch[][] {
  const groups = new Map<string, StoredBatch[]>();
  for (const batch of batches) {
    const group = groups.get(batch.schema);
    if (group) group.push(batch);
    else groups.set(batch.schema, [batch]);
  }
  return [...groups.values()];
}
