import { type BatchRows, keyOf, mineSql, type PlacedBatch } from './batch-rows.js';
import { type Engine } from './engine.js';
import { storeFailure } from './failure.js';
import { type RollupMarks } from './rollup-marks.js';
import { readRows } from './rows.js';
import { chunksOf, daySql, SMALL_INSERT, textSql } from './sql-values.js';

/** A batch that was inserted although another hub may have been inserting it as well. */
export interface DoubtfulBatch extends PlacedBatch {
  readonly rows: number;
  readonly minutes: readonly number[];
}

interface Note extends DoubtfulBatch {
  readonly run: string;
  readonly seq: number;
}

interface NoteRow {
  readonly batch: string;
  readonly agent: string;
  readonly run: string;
  readonly seq: number;
  readonly rows: number;
  readonly days: readonly string[];
  readonly minutes: readonly number[];
}

/** Surplus rows that one statement names, so that it stays below max_query_size. */
const atOnce = 10_000;
/**
 * Notes that are looked at together, and how often in one call: a hub that starts before a long backlog makes a note of
 * each batch.
 */
const notesAtOnce = 1000;
const roundsAtOnce = 20;

/**
 * Batches that may come to be there twice. Each is noted in a table before it is inserted, looked at again when no hub
 * can be inserting it any more, and what is there too often is deleted.
 */
export class DoubtfulBatches {
  #seq = 0;

  constructor(
    private readonly engine: Engine,
    private readonly batches: BatchRows,
    private readonly marks: RollupMarks,
    private readonly now_us: () => number,
    /** After that long nobody who held such a batch can still be inserting it. */
    private readonly settled_us: number,
  ) {}

  /** @throws StoreError: then nothing may be inserted */
  async note(batches: readonly DoubtfulBatch[]): Promise<void> {
    const seq = (this.#seq = Math.max(this.#seq + 1, Math.floor(this.now_us())));
    await this.#write(
      batches.map((batch) => ({ ...batch, run: this.marks.run, seq })),
      1,
    );
  }

  /**
   * Looks at the batches that were noted long enough ago, of this hub and of others; 20,000 at most, the oldest first.
   * @returns how many had rows too often, and now have each once
   */
  async verify(now_us: number): Promise<number> {
    let repaired = 0;
    for (let round = 0; round < roundsAtOnce; round++) {
      const notes = await this.#due(now_us - this.settled_us);
      if (notes.length > 0) repaired += await this.#verifyAll(notes);
      if (notes.length < notesAtOnce) break;
    }
    return repaired;
  }

  async #verifyAll(notes: readonly Note[]): Promise<number> {
    const counts = await this.batches.count(notes);
    let repaired = 0;
    for (const note of notes) {
      if ((counts.get(keyOf(note)) ?? 0) <= note.rows) continue;
      await this.thin(note);
      repaired++;
    }
    // A batch with too few rows was not acknowledged: it is delivered, looked up and noted again.
    await this.#write(
      notes.map((note) => ({ ...note, seq: note.seq + 1 })),
      0,
    );
    return repaired;
  }

  /** Leaves of each row of a batch one; of those that are there once, that one. */
  async thin(batch: DoubtfulBatch): Promise<void> {
    await this.marks.touch(batch.minutes);
    try {
      for (const day of batch.days) await this.#deleteSurplus(batch, day);
    } finally {
      this.marks.release(batch.minutes);
    }
  }

  /**
   * Rows of a batch are the same where time, packet and hop are: what two hubs added to them may differ. Of these all
   * but the first go, in the order of their parts' first blocks and of their places in these: merges keep that order, so
   * two hubs that do this at once never choose one row each. A part that was merged or mutated meanwhile has another
   * name: then nothing of it is deleted, and the next look finds the rows again.
   */
  async #deleteSurplus(note: PlacedBatch, day: string): Promise<void> {
    const sql = `SELECT part, groupArray(toUInt64(place)) AS places FROM (
  SELECT _part AS part, _part_offset AS place,
    row_number() OVER (PARTITION BY ts, packet_id, hop ORDER BY toUInt64(splitByChar('_', _part)[2]), _part_offset) AS copy
  FROM traces WHERE toDate(ts) = ${daySql(day)} AND ${mineSql(note)}
) WHERE copy > 1 GROUP BY part SETTINGS output_format_json_quote_64bit_integers = 0`;
    for (let round = 0; round < 100; round++) {
      const parts = await readRows<{ part: string; places: number[] }>(this.engine, { sql });
      if (parts.length === 0) return;
      for (const { part, places } of parts) {
        for (const some of chunksOf(places, atOnce)) {
          const which = `_part = ${textSql(part)} AND _part_offset IN (${some.join(', ')})`;
          await this.batches.deleteWhere(day, `${mineSql(note)} AND ${which}`);
        }
      }
    }
  }

  async #due(before_us: number): Promise<Note[]> {
    const sql = `SELECT toString(batch_id) AS batch, agent_id AS agent, run, seq, rows, days, minutes
FROM doubtful_batches FINAL WHERE open AND seq <= ${Math.floor(before_us)}
ORDER BY seq LIMIT ${notesAtOnce} SETTINGS output_format_json_quote_64bit_integers = 0`;
    const rows = await readRows<NoteRow>(this.engine, { sql });
    return rows.map(({ batch, agent, ...rest }) => ({ ...rest, batchId: BigInt(batch), agentId: agent }));
  }

  async #write(notes: readonly Note[], open: 0 | 1): Promise<void> {
    const values = notes.map(
      ({ batchId, agentId, run, seq, rows, days, minutes }) =>
        `(${batchId}, ${textSql(agentId)}, ${textSql(run)}, ${seq}, ${open}, ${rows}, [${days.map(daySql).join(', ')}], [${minutes.join(', ')}])`,
    );
    if (values.length === 0) return;
    const columns = 'batch_id, agent_id, run, seq, open, rows, days, minutes';
    const sql = `INSERT INTO doubtful_batches (${columns}) ${SMALL_INSERT} VALUES ${values.join(', ')}`;
    try {
      await this.engine.run({ sql });
    } catch (cause) {
      throw storeFailure('insert', this.engine.place, cause);
    }
  }
}
