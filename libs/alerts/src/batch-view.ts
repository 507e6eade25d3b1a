import { type ColumnName } from '#columns';
import { CodedColumn, wordsOf, type ColumnarSource } from './coded-column.js';
import { GroupCodes } from './group-codes.js';
import { type Amount } from './rule.js';

export interface Clock {
  readonly now_us: number;
  readonly latest_us: number;
}

const noClock: Clock = { now_us: 0, latest_us: Infinity };

/**
 * The rows of a batch that some rules look at, in the order of time. What is made of them (codes, times, groups) is made
 * once for all rules, when the first of them asks; its memory serves batch after batch.
 */
export class BatchView {
  rows: Uint32Array = new Uint32Array(0);
  source: ColumnarSource = { rows: 0, get: () => 0 as never };
  /** Counts batches: what was made for another is stale. */
  batch = 0;
  /** µs, by place of the row. */
  times = new Float64Array(0);
  readonly #columns = new Map<ColumnName, { column: CodedColumn; batch: number }>();
  readonly #groups = new Map<string, { codes: GroupCodes; batch: number }>();
  readonly #weights = {
    packets: { values: new Float64Array(0), batch: 0 },
    bytes: { values: new Float64Array(0), batch: 0 },
  };

  /** @param clock a row later than `latest_us` counts as of `now_us`: one that is years ahead would make all others late */
  fill(source: ColumnarSource, rows: Uint32Array, clock: Clock = noClock): void {
    this.source = source;
    this.rows = rows;
    this.batch++;
    if (this.times.length < rows.length) this.times = new Float64Array(2 * rows.length);
    this.#fillTimes(clock);
  }

  column(name: ColumnName): CodedColumn {
    let known = this.#columns.get(name);
    if (!known) this.#columns.set(name, (known = { column: new CodedColumn(name), batch: -1 }));
    if (known.batch !== this.batch) {
      known.column.fill(this.source, this.rows);
      known.batch = this.batch;
    }
    return known.column;
  }

  /** @returns for each row the number of its group */
  groups(by: readonly ColumnName[]): GroupCodes {
    const key = by.join();
    let known = this.#groups.get(key);
    const columns = by.map((name) => this.column(name));
    if (!known) this.#groups.set(key, (known = { codes: new GroupCodes(columns), batch: -1 }));
    if (known.batch !== this.batch) {
      known.codes.fill(this.rows.length);
      known.batch = this.batch;
    }
    return known.codes;
  }

  /** @returns for each row what it counts: the packets that it stands for, or their bytes */
  weights(of: Amount): Float64Array {
    const kept = this.#weights[of];
    if (kept.batch === this.batch) return kept.values;
    kept.batch = this.batch;
    const { length } = this.rows;
    if (kept.values.length < length) kept.values = new Float64Array(2 * length);
    const { values } = kept;
    this.#fillNumbers('sampling', values);
    for (let i = 0; i < length; i++) if (values[i] === 0) values[i] = 1;
    if (of === 'packets') return values;
    const packets = this.weights('packets');
    this.#fillNumbers('len', values);
    for (let i = 0; i < length; i++) values[i] = (values[i] as number) * (packets[i] as number);
    return values;
  }

  #fillNumbers(name: 'sampling' | 'len', to: Float64Array): void {
    const { source, rows } = this;
    const raw = source.column?.(name);
    if (raw) {
      const words = wordsOf(raw.values);
      for (let i = 0; i < rows.length; i++) to[i] = words[rows[i] as number] as number;
    } else for (let i = 0; i < rows.length; i++) to[i] = source.get(name, rows[i] as number);
  }

  #fillTimes({ latest_us, now_us }: Clock): void {
    const { source, rows, times } = this;
    const raw = source.column?.('ts');
    if (raw) {
      const words = wordsOf(raw.values);
      for (let i = 0; i < rows.length; i++) {
        const at = 2 * (rows[i] as number);
        times[i] = (words[at + 1] as number) * 2 ** 32 + (words[at] as number);
      }
    } else for (let i = 0; i < rows.length; i++) times[i] = source.get('ts', rows[i] as number);
    if (latest_us === Infinity) return;
    for (let i = 0; i < rows.length; i++) if ((times[i] as number) > latest_us) times[i] = now_us;
  }
}
