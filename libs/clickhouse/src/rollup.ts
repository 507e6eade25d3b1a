import { rollupColumns } from '#columns';
import { type Engine } from './engine.js';
import { storeFailure } from './failure.js';
import { type MarkedMinute, type RollupMarks } from './rollup-marks.js';
import { readRows } from './rows.js';
import { textSql } from './sql-values.js';

export interface RollupOptions {
  /** Rows older than this are gone or going: their minutes stay as they were computed last. */
  readonly ttlDays: number;
  /** A closed minute is computed when nothing came for so long, */
  readonly quiet_us: number;
  /** or when it has been waiting so long, though rows still come. */
  readonly busy_us: number;
  /** A hub that said nothing for so long is over. */
  readonly deadAfter_s: number;
  /** Whether no other process can have the database open. */
  readonly alone: boolean;
  /** Whether the tables are distributed over a cluster. */
  readonly distributed?: boolean;
}

/** A mark of a run that is over. */
interface Orphan {
  readonly run: string;
  readonly minute: number;
  readonly seq: number;
}

const minute_us = 60e6;
const keys = rollupColumns.map(({ name }) => `\`${name}\``).join(', ');
/** Minutes of one call, the newest first: after a replay of a day people wait for the present, and a stop is not to. */
const atOnce = 50;
/** What an agent that does not sample, or that is too old to know of it, stands for. */
const weight = 'greatest(sampling, 1)';

const SETTINGS =
  'SETTINGS async_insert = 0, insert_deduplicate = 0, max_insert_threads = 1, ' +
  'min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 0';

/** Computes table `flows_1m` from the decisive rows of `traces`, minute by minute. */
export class Rollup {
  #orphans: Orphan[] = [];
  /** Minutes that hubs which live have marked, or which died a moment ago. */
  #elsewhere: number[] = [];
  #nextBeat = 0;
  #running: Promise<number> | undefined;
  #lag_us = 0;

  constructor(
    private readonly engine: Engine,
    private readonly marks: RollupMarks,
    private readonly options: RollupOptions,
  ) {}

  /** µs; how long the oldest minute that waits had been closed at the last call, whichever hub it waits for. */
  get lag_us(): number {
    return this.#lag_us;
  }

  /**
   * Computes the minutes that are due. A call while another is under way gets that one's result.
   * @returns how many; there may be more
   * @throws StoreError; the marks stay, the next call does it again
   */
  rollUp(now_us: number): Promise<number> {
    this.#running ??= this.#rollUp(now_us).finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #rollUp(now_us: number): Promise<number> {
    // Where nobody can be asked, what was known to wait waits on.
    await this.#lookAtOthers(now_us).finally(() => this.#noteLag(now_us));
    const waiting = this.marks.list();
    const due = waiting.filter((mark) => this.#isDue(mark, now_us));
    const wanted = new Set([...due, ...this.#orphans].map(({ minute }) => minute));
    const all = [...wanted].sort((a, b) => a - b);
    const minutes = all.slice(-atOnce);
    const kept = now_us - this.options.ttlDays * 86_400e6;
    for (const chunk of chunksOf(minutes)) {
      const there = chunk.filter((minute) => (minute + 1) * minute_us > kept);
      const beaten = there.length > 0 ? await this.#compute(there, now_us) : new Set<number>();
      await this.#done(chunk, due, beaten);
    }
    return minutes.length;
  }

  #noteLag(now_us: number): void {
    const known = [...this.marks.list(), ...this.#orphans].map(({ minute }) => minute);
    const oldest = Math.min(...known, ...this.#elsewhere);
    this.#lag_us = Number.isFinite(oldest) ? Math.max(0, now_us - (oldest + 1) * minute_us) : 0;
  }

  #isDue({ minute, first_us, last_us, inserts }: MarkedMinute, now_us: number): boolean {
    const over = now_us >= (minute + 1) * minute_us;
    // The clock may have been set back: a time ahead of it says nothing.
    const quiet = last_us > now_us || now_us - last_us >= this.options.quiet_us;
    return (over && quiet && inserts === 0) || now_us - first_us >= this.options.busy_us;
  }

  /** @returns the minutes of which another computation may win though it saw fewer rows */
  async #compute(minutes: readonly number[], now_us: number): Promise<Set<number>> {
    const version = Math.max(Math.floor(now_us), (await this.#newestVersion(minutes)) + 1);
    await this.marks.announce(minutes, version);
    try {
      await this.engine.run({ sql: computeSql(minutes, version, this.options.distributed) });
    } catch (cause) {
      throw storeFailure('insert', this.engine.place, cause);
    }
    const sql = `SELECT DISTINCT minute FROM rollup_marks
WHERE kind = 'computation' AND minute IN (${minutes.join(', ')}) AND value > ${version}`;
    const beaten = await readRows<{ minute: number }>(this.engine, { sql });
    return new Set(beaten.map(({ minute }) => minute));
  }

  async #newestVersion(minutes: readonly number[]): Promise<number> {
    const sql = `SELECT greatest(
  (SELECT max(value) FROM rollup_marks WHERE kind = 'computation' AND minute IN (${minutes.join(', ')})),
  (SELECT max(version) FROM flows_1m WHERE minute IN (${minutes.map((minute) => minute * 60).join(', ')}))
) AS version SETTINGS output_format_json_quote_64bit_integers = 0`;
    const [row] = await readRows<{ version: number }>(this.engine, { sql });
    return row?.version ?? 0;
  }

  async #done(
    chunk: readonly number[],
    due: readonly MarkedMinute[],
    beaten: ReadonlySet<number>,
  ): Promise<void> {
    const done = new Set(chunk.filter((minute) => !beaten.has(minute)));
    await this.marks.clear(due.filter(({ minute, inserts }) => done.has(minute) && inserts === 0));
    const over = this.#orphans.filter(({ minute }) => done.has(minute));
    for (const run of new Set(over.map(({ run }) => run)))
      await this.marks.clearOf(
        run,
        over.filter((orphan) => orphan.run === run),
      );
    this.#orphans = this.#orphans.filter(({ minute }) => !done.has(minute));
  }

  /**
   * Marks of hubs that are no more, and of others: at the start and from time to time, and as long as a minute that is
   * over waits for another hub.
   */
  async #lookAtOthers(now_us: number): Promise<void> {
    const { alone, deadAfter_s } = this.options;
    const now = performance.now();
    if (now >= this.#nextBeat) {
      await this.marks.beat();
      this.#nextBeat = now + (deadAfter_s * 1000) / 4;
    } else if (!this.#elsewhere.some((minute) => (minute + 1) * minute_us < now_us)) return;
    const mine = `run = ${textSql(this.marks.run)}`;
    const alive = `SELECT run FROM rollup_marks WHERE ${alone ? mine : `${mine} OR written > now() - ${deadAfter_s}`}`;
    const sql = `SELECT run, minute, max(seq) AS newest, toUInt8(run IN (${alive})) AS alive FROM rollup_marks
WHERE kind = 'mark' AND NOT ${mine}
GROUP BY run, minute HAVING argMax(value, seq) = 1 SETTINGS output_format_json_quote_64bit_integers = 0`;
    const rows = await readRows<Omit<Orphan, 'seq'> & { newest: number; alive: 0 | 1 }>(this.engine, { sql });
    this.#elsewhere = rows.filter((row) => row.alive).map(({ minute }) => minute);
    this.#orphans = rows
      .filter((row) => !row.alive)
      .map(({ run, minute, newest }) => ({ run, minute, seq: newest }));
  }
}

/** The groups that a minute had before are computed with it: of one whose rows are all gone the count is 0 from now on. */
function computeSql(minutes: readonly number[], version: number, distributed = false): string {
  const [first = 0, last = 0] = [minutes[0], minutes.at(-1)];
  const time = (minute: number): string => `fromUnixTimestamp64Micro(${minute * minute_us}, 'UTC')`;
  const among = `intDiv(toUnixTimestamp64Micro(ts), ${minute_us}) IN (${minutes.join(', ')})`;
  const before = `minute IN (${minutes.map((minute) => minute * 60).join(', ')})`;
  return `INSERT INTO flows_1m (minute, ${keys}, packets, bytes, version) ${SETTINGS}${distributed ? ', distributed_foreground_insert = 1' : ''}
SELECT minute, ${keys}, sum(weight) AS packets, sum(size) AS bytes, ${version}
FROM (
  SELECT toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, ${keys}, toUInt64(${weight}) AS weight, toUInt64(${weight}) * len AS size
  FROM traces WHERE decisive AND ts >= ${time(first)} AND ts < ${time(last + 1)} AND ${among}
  UNION ALL
  SELECT minute, ${keys}, toUInt64(0) AS weight, toUInt64(0) AS size FROM flows_1m WHERE ${before}
)
GROUP BY minute, ${keys}`;
}

const minutesOfDay = 1440;

/** @returns neighbouring minutes of one UTC day together: one insert each, into one partition, over one range of rows */
function chunksOf(minutes: readonly number[]): number[][] {
  const chunks: number[][] = [];
  for (const minute of minutes) {
    const chunk = chunks.at(-1);
    const [first, last] = [chunk?.[0], chunk?.at(-1)];
    const fits =
      chunk !== undefined &&
      chunk.length < 10 &&
      minute - (last ?? 0) <= 5 &&
      Math.floor(minute / minutesOfDay) === Math.floor((first ?? 0) / minutesOfDay);
    if (fits) chunk.push(minute);
    else chunks.push([minute]);
  }
  return chunks;
}
