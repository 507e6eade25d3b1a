import { type Engine } from './engine.js';
import { storeFailure } from './failure.js';
import { type MergeBrake } from './merge-brake.js';
import { readRows } from './rows.js';
import { chunksOf, daySql, textSql, timeSql } from './sql-values.js';

/** A batch as its rows name it. Another agent may use the same number. */
export interface BatchKey {
  readonly batchId: bigint;
  readonly agentId: string;
}

/** A key and the UTC days of the rows: only their partitions are looked at. */
export interface PlacedBatch extends BatchKey {
  readonly days: readonly string[];
}

export const keyOf = ({ batchId, agentId }: BatchKey): string => `${batchId} ${agentId}`;

/** @returns the condition for the rows of a batch */
export const mineSql = ({ batchId, agentId }: BatchKey): string =>
  `batch_id = ${batchId} AND agent_id = ${textSql(agentId)}`;

/** A statement stays well below ClickHouse's max_query_size of 256 KiB. */
const atOnce = 2000;

/** The rows that batches have in table `traces`. */
export class BatchRows {
  constructor(
    private readonly engine: Engine,
    /** Where rows are deleted: `traces`, or on a cluster the local table of each of its hosts. */
    private readonly deleteFrom = 'traces',
    /** A delete waits for ever where merges are stopped. */
    private readonly brake?: MergeBrake,
  ) {}

  /** @returns how many rows of each batch are there, by `keyOf`; one query for 2000 batches */
  async count(batches: readonly PlacedBatch[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const some of chunksOf(batches, atOnce)) {
      const days = some.flatMap((batch) => batch.days).sort();
      const [first, last] = [days[0], days.at(-1)];
      if (first === undefined || last === undefined) continue;
      await this.#count(some, `toDate(ts) BETWEEN ${daySql(first)} AND ${daySql(last)}`, counts);
    }
    return counts;
  }

  /** As `count`, of one time span in µs, both ends included. */
  async countBetween(
    batches: readonly BatchKey[],
    from_us: number,
    until_us: number,
  ): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    const when = `ts BETWEEN ${timeSql(from_us)} AND ${timeSql(until_us)}`;
    for (const some of chunksOf(batches, atOnce)) await this.#count(some, when, counts);
    return counts;
  }

  async #count(some: readonly BatchKey[], when: string, counts: Map<string, number>): Promise<void> {
    const sql = `SELECT toString(batch_id) AS batch, agent_id AS agent, toUInt32(count()) AS present
FROM traces WHERE batch_id IN (${some.map(({ batchId }) => batchId).join(', ')}) AND ${when}
GROUP BY batch_id, agent_id`;
    const rows = await readRows<{ batch: string; agent: string; present: number }>(this.engine, { sql });
    for (const { batch, agent, present } of rows)
      counts.set(keyOf({ batchId: BigInt(batch), agentId: agent }), present);
  }

  /** Their rows are gone for every query when it resolves. */
  async delete(batches: readonly PlacedBatch[]): Promise<void> {
    const byDay = new Map<string, PlacedBatch[]>();
    for (const batch of batches)
      for (const day of batch.days) byDay.set(day, [...(byDay.get(day) ?? []), batch]);
    for (const [day, there] of byDay) {
      for (const some of chunksOf(there, 200)) {
        const which = some.map((batch) => `(${mineSql(batch)})`).join(' OR ');
        await this.deleteWhere(day, which);
      }
    }
  }

  /** Deletes rows of one UTC day: other days' parts are left alone. */
  async deleteWhere(day: string, condition: string): Promise<void> {
    // 2 = every replica has done it, so that no query sees the rows again.
    const sql = `DELETE FROM ${this.deleteFrom} IN PARTITION ${daySql(day)} WHERE ${condition}
SETTINGS lightweight_deletes_sync = 2`;
    try {
      const deleted = (): Promise<void> => this.engine.run({ sql });
      await (this.brake ? this.brake.whileMerging(deleted) : deleted());
    } catch (cause) {
      throw storeFailure('delete', this.engine.place, cause);
    }
  }
}
