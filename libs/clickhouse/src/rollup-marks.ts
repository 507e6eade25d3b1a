import { type Engine } from './engine.js';
import { storeFailure } from './failure.js';
import { SMALL_INSERT, textSql } from './sql-values.js';

/** A minute whose rollup is older than its rows, or may be. */
export interface MarkedMinute {
  /** Unix minute. */
  readonly minute: number;
  /** µs; when rows were first and last brought since it was computed. */
  readonly first_us: number;
  readonly last_us: number;
  /** Changes with every insert that touches the minute. */
  readonly touches: number;
  /** Inserts under way. */
  readonly inserts: number;
}

type Mark = { -readonly [K in keyof MarkedMinute]: MarkedMinute[K] } & {
  /** Whether the table is known to have the mark. */
  written: boolean;
};

/** DateTime ends in 2106: what an agent with such a clock sends is not rolled up. */
const lastMinute = Math.floor(0xffff_ffff / 60);

/**
 * Says durably which minutes have rows that the rollup lacks. A mark is in the table before the first of its rows is,
 * and goes only when a computation that began after the last of them is in: so a crash at any point leaves a mark.
 */
export class RollupMarks {
  readonly #marks = new Map<number, Mark>();
  #seq = 0;

  constructor(
    private readonly engine: Engine,
    /** This hub's start; others have marks of their own. */
    readonly run: string,
    private readonly now_us: () => number,
  ) {}

  /**
   * Before rows of these minutes are inserted or deleted; `release` follows in any case.
   * @throws StoreError: nothing may be inserted then, and `release` is not needed
   */
  async touch(minutes: readonly number[]): Promise<void> {
    const now = this.now_us();
    const marks = minutes.filter((m) => m >= 0 && m < lastMinute).map((minute) => this.#of(minute, now));
    for (const mark of marks) {
      mark.inserts++;
      mark.touches++;
      mark.last_us = now;
    }
    const fresh = marks.filter(({ written }) => !written);
    try {
      await this.#write(fresh, 1);
    } catch (error) {
      this.release(minutes);
      throw error;
    }
    for (const mark of fresh) mark.written = true;
  }

  release(minutes: readonly number[]): void {
    for (const minute of minutes) {
      const mark = this.#marks.get(minute);
      if (mark) mark.inserts--;
    }
  }

  /** After rows were inserted so slowly that another hub may have taken this one for dead. */
  async renew(minutes: readonly number[]): Promise<void> {
    const kept = minutes.map((minute) => this.#marks.get(minute)).filter((mark) => mark !== undefined);
    await this.#write(kept, 1);
  }

  /** @returns this hub's marked minutes as they are now */
  list(): MarkedMinute[] {
    return [...this.#marks.values()].map((mark) => ({ ...mark }));
  }

  /** Takes marks away that are still as `list` gave them; those that were touched meanwhile stay. */
  async clear(computed: readonly MarkedMinute[]): Promise<void> {
    const same = ({ minute, touches }: MarkedMinute): boolean => {
      const mark = this.#marks.get(minute);
      return mark?.touches === touches && mark.inserts === 0;
    };
    const done = computed.filter(same);
    // A touch from here on writes its mark anew, with a later number: it wins.
    for (const { minute } of done) (this.#marks.get(minute) as Mark).written = false;
    await this.#write(done, 0);
    for (const mark of done) if (same(mark)) this.#marks.delete(mark.minute);
  }

  /**
   * Takes away marks of a run that is over.
   * @param marks with the numbers that its marks had when they were read: one that is written later stays
   */
  async clearOf(run: string, marks: readonly { minute: number; seq: number }[]): Promise<void> {
    await this.#insert(marks.map(({ minute, seq }) => `(${minute}, ${textSql(run)}, 'mark', ${seq + 1}, 0)`));
  }

  /** Says that this hub is about to compute these minutes as this version of them. */
  async announce(minutes: readonly number[], version: number): Promise<void> {
    await this.#insert(
      minutes.map((minute) => `(${minute}, ${textSql(this.run)}, 'computation', ${version}, ${version})`),
    );
  }

  #of(minute: number, now: number): Mark {
    let mark = this.#marks.get(minute);
    if (!mark) {
      mark = { minute, first_us: now, last_us: now, touches: 0, inserts: 0, written: false };
      this.#marks.set(minute, mark);
    }
    return mark;
  }

  /** Says that this hub lives. */
  async beat(): Promise<void> {
    await this.#insert([`(0, ${textSql(this.run)}, 'alive', ${this.#next()}, 1)`]);
  }

  #next(): number {
    return (this.#seq = Math.max(this.#seq + 1, Math.floor(this.now_us())));
  }

  async #write(marks: readonly { minute: number }[], value: 0 | 1): Promise<void> {
    const seq = this.#next();
    await this.#insert(
      marks.map(({ minute }) => `(${minute}, ${textSql(this.run)}, 'mark', ${seq}, ${value})`),
    );
  }

  async #insert(rows: readonly string[]): Promise<void> {
    if (rows.length === 0) return;
    const sql = `INSERT INTO rollup_marks (minute, run, kind, seq, value) ${SMALL_INSERT} VALUES ${rows.join(', ')}`;
    try {
      await this.engine.run({ sql });
    } catch (cause) {
      throw storeFailure('insert', this.engine.place, cause);
    }
  }
}
