import { columnList } from './columns.js';
import { type Engine, type Statement } from './engine.js';
import { storeFailure } from './failure.js';
import { readRows } from './rows.js';

/** A batch as the hub has validated it: every row bears `batchId` and `agentId`. */
export interface StoredBatch {
  readonly batchId: bigint;
  readonly agentId: string;
  readonly rows: number;
  /** The UTC days of its rows, as `2026-11-21`. */
  readonly days: readonly string[];
  /** Whether the message may have come before, so that some of its rows may be there. */
  readonly redelivered: boolean;
}

export type StoreOutcome =
  /** It was not there and now is. */
  | 'inserted'
  /** It was there as a whole. */
  | 'already'
  /** Part of it was there; now it is there once, as a whole. */
  | 'repaired';

/** A batch is no series that ClickHouse should deduplicate: a repaired batch is the same bytes again. */
const INSERT_SETTINGS =
  'SETTINGS async_insert = 0, insert_deduplicate = 0, input_format_arrow_allow_missing_columns = 1';

const mine = 'batch_id = {batch:UInt64} AND agent_id = {agent:String}';

/** Brings batches into table `traces`, each row once. */
export class TraceWriter {
  constructor(private readonly engine: Engine) {}

  /**
   * Rows are in the table, and as durable as the table is set to be, when it resolves.
   *
   * @param bytes an Arrow IPC stream of the columns of libs/columns
   * @throws StoreError 'bad_data' where ClickHouse cannot read it; else a retry as `redelivered` is right
   */
  async storeBatch(bytes: Uint8Array, batch: StoredBatch): Promise<StoreOutcome> {
    const present = batch.redelivered ? await this.countBatch(batch.batchId, batch.agentId) : 0;
    if (present === batch.rows) return 'already';
    if (present > 0) await this.deleteBatch(batch.batchId, batch.agentId);
    await this.insertBatch(bytes, batch.days);
    return present > 0 ? 'repaired' : 'inserted';
  }

  /** One insert for each day: an insert over two partitions can be half there after a crash. */
  async insertBatch(bytes: Uint8Array, days: readonly string[]): Promise<void> {
    if (days.length === 1) return this.#insert(bytes, '');
    for (const day of days) await this.#insert(bytes, ` WHERE toDate(ts) = '${checkedDay(day)}'`);
  }

  async #insert(bytes: Uint8Array, where: string): Promise<void> {
    const into = `INSERT INTO traces (${columnList}) ${INSERT_SETTINGS}`;
    await this.engine.insert({
      bytes,
      sql: (source) => `${into} SELECT ${columnList} FROM ${source}${where}`,
    });
  }

  async countBatch(batchId: bigint, agentId: string): Promise<number> {
    const statement = batchStatement(
      `SELECT toUInt32(count()) AS rows FROM traces WHERE ${mine}`,
      batchId,
      agentId,
    );
    const [row] = await readRows<{ rows: number }>(this.engine, statement);
    return row?.rows ?? 0;
  }

  /** The rows are gone for every query when it resolves. */
  async deleteBatch(batchId: bigint, agentId: string): Promise<void> {
    const sql = `DELETE FROM traces WHERE ${mine} SETTINGS lightweight_deletes_sync = 2`;
    try {
      await this.engine.run(batchStatement(sql, batchId, agentId));
    } catch (cause) {
      throw storeFailure('delete', this.engine.place, cause);
    }
  }
}

function batchStatement(sql: string, batchId: bigint, agentId: string): Statement {
  return { sql, params: { batch: batchId.toString(), agent: agentId } };
}

function checkedDay(day: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day))
    throw new TypeError(`A day is written 2026-11-21, not ${JSON.stringify(day)}`);
  return day;
}
