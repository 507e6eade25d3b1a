import { type AlertJson, alertColumnList, insertedColumns, insertedValues } from './alert-columns.js';
import { type Engine } from './engine.js';
import { StoreError } from './errors.js';
import { structureOf } from './ruleset-columns.js';
import { arrowOf } from './ruleset-writer.js';

interface Waiting {
  readonly alert: AlertJson;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

type Row = Readonly<Record<string, string>>;

/** Most alerts of one insert. */
const atOnce = 1000;

const textOf = (value: AlertJson[keyof AlertJson]): string =>
  value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

const rowOf = (alert: AlertJson): Row =>
  Object.fromEntries(Object.entries(alert).map(([name, value]) => [name, textOf(value as never)]));

/** Brings alerts into table `alerts`; the same as often as one likes. */
export class AlertWriter {
  #waiting: Waiting[] = [];
  #working = false;

  constructor(private readonly engine: Engine) {}

  /**
   * Resolves when the alert is in the table. Those that are given while others are being written go in together.
   * @throws StoreError; a retry is right
   */
  store(alert: AlertJson): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ alert, done, failed });
      if (!this.#working) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#working = true;
    // Those that are given at one moment go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#settle(this.#waiting.splice(0, atOnce));
    this.#working = false;
  }

  async #settle(some: readonly Waiting[]): Promise<void> {
    try {
      await this.#insert(some.map(({ alert }) => rowOf(alert)));
      for (const { done } of some) done();
    } catch (error) {
      const alone = some.length === 1 || !(error instanceof StoreError) || error.code !== 'bad_data';
      if (alone) for (const { failed } of some) failed(error);
      // One that ClickHouse cannot read must not take the others with it.
      else for (const one of some) await this.#settle([one]);
    }
  }

  async #insert(rows: readonly Row[]): Promise<void> {
    await this.engine.insert({
      pieces: [arrowOf(insertedColumns, rows)],
      structure: structureOf(insertedColumns),
      sql: (source) =>
        `INSERT INTO alerts (${alertColumnList}) SETTINGS async_insert = 0, insert_deduplicate = 0 ` +
        `SELECT ${insertedValues} FROM ${source}`,
    });
  }
}
