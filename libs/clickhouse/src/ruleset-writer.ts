import { Int64, makeVector, Table, tableToIPC, Uint32, Uint64, Utf8, vectorFromArray } from 'apache-arrow';
import { type Engine } from './engine.js';
import { StoreError } from './errors.js';
import { storeFailure } from './failure.js';
import { intervalsSql } from './rulesets.js';
import {
  changeColumns,
  type ChangeValues,
  listOf,
  type RulesetColumn,
  structureOf,
  textColumns,
  type TextValues,
  valuesOf,
} from './ruleset-columns.js';

/** A change of what is in force, as an agent tells it, and the text of a version that is new. */
export interface RulesetRecord {
  readonly change: Omit<ChangeValues, 'ts'>;
  /** µs */
  readonly at_us: number;
  readonly text?: Pick<TextValues, 'text' | 'json' | 'rules'>;
}

interface Waiting {
  readonly record: RulesetRecord;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

type Row = Readonly<Record<string, string | number>>;

/** Most records of one insert. */
const atOnce = 256;
/**
 * Rows go with their day's partition, up to a day after they expire and some hours after that
 * (merge_with_ttl_timeout), and an event may be decoded after its version was replaced.
 */
const slackUs = 2 * 86_400e6;

/** Brings what agents tell of their rulesets into ClickHouse; the same as often as one likes. */
export class RulesetWriter {
  #waiting: Waiting[] = [];
  #working = false;

  constructor(private readonly engine: Engine) {}

  /**
   * Resolves when the record is in the tables. Records that are given while others are being written go in together: an
   * insert that is on the disk takes long, however small.
   * @throws StoreError; a retry is right
   */
  store(record: RulesetRecord): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ record, done, failed });
      if (!this.#working) void this.#work();
    });
  }

  /**
   * Deletes what ended so long before `now_us` that no row names it any more. What is in force stays.
   * @param ttlDays how long rows are kept
   * @throws StoreError
   */
  async prune(now_us: number, ttlDays: number): Promise<void> {
    const before = Math.floor(now_us - ttlDays * 86_400e6 - slackUs);
    const params = { before: before.toString() };
    const ended = `until < fromUnixTimestamp64Micro({before:Int64}, 'UTC')`;
    const key = 'agent_id, netns, family, table, version';
    const texts = `DELETE FROM rulesets WHERE told < fromUnixTimestamp64Micro({before:Int64}, 'UTC')
  AND (${key}) NOT IN (SELECT ${key} FROM (${intervalsSql()}) WHERE until IS NULL OR NOT (${ended}))
SETTINGS lightweight_deletes_sync = 2`;
    const changes = `DELETE FROM ruleset_changes
WHERE (agent_id, netns, ts, run, seq) IN (SELECT agent_id, netns, ts, run, seq FROM (${intervalsSql('all')}) WHERE ${ended})
SETTINGS lightweight_deletes_sync = 2`;
    try {
      await this.engine.run({ sql: texts, params });
      await this.engine.run({ sql: changes, params });
    } catch (cause) {
      throw storeFailure('delete', this.engine.place, cause);
    }
  }

  async #work(): Promise<void> {
    this.#working = true;
    // Those that are given at one moment go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#settle(this.#waiting.splice(0, atOnce));
    }
    this.#working = false;
  }

  async #settle(some: readonly Waiting[]): Promise<void> {
    try {
      await this.#insert(some.map(({ record }) => record));
      for (const { done } of some) done();
    } catch (error) {
      const alone = some.length === 1 || !(error instanceof StoreError) || error.code !== 'bad_data';
      if (alone) for (const { failed } of some) failed(error);
      // One that ClickHouse cannot read must not take the others with it.
      else for (const one of some) await this.#settle([one]);
    }
  }

  /** The text first: a change that is stored has its text, whenever a crash comes. */
  async #insert(records: readonly RulesetRecord[]): Promise<void> {
    const texts = records.flatMap(({ change, at_us, text }): TextValues[] => {
      if (!text) return [];
      const { agent_id, netns, family, table, version } = change;
      const bytes = Buffer.byteLength(String(text.text));
      return [{ agent_id, netns, family, table, version, ...text, bytes, told: at_us }];
    });
    if (texts.length > 0) await this.#insertRows('rulesets', textColumns, texts);
    const changes = records.map(({ change, at_us }): ChangeValues => ({ ...change, ts: at_us }));
    await this.#insertRows('ruleset_changes', changeColumns, changes);
  }

  async #insertRows(table: string, columns: readonly RulesetColumn[], rows: readonly Row[]): Promise<void> {
    await this.engine.insert({
      pieces: [arrowOf(columns, rows)],
      structure: structureOf(columns),
      sql: (source) =>
        `INSERT INTO ${table} (${listOf(columns)}) SETTINGS async_insert = 0, insert_deduplicate = 0 ` +
        `SELECT ${valuesOf(columns)} FROM ${source}`,
    });
  }
}

const vectors = {
  String: (values: readonly (string | number)[]) => vectorFromArray(values.map(String), new Utf8()),
  UInt32: (values: readonly (string | number)[]) =>
    makeVector({ type: new Uint32(), data: Uint32Array.from(values, Number) }),
  UInt64: (values: readonly (string | number)[]) =>
    makeVector({ type: new Uint64(), data: BigUint64Array.from(values, BigInt) }),
  Int64: (values: readonly (string | number)[]) =>
    makeVector({ type: new Int64(), data: BigInt64Array.from(values, BigInt) }),
} satisfies Record<RulesetColumn['arrow'], unknown>;

/** @returns rows as an Arrow stream of those columns */
export function arrowOf(columns: readonly RulesetColumn[], rows: readonly Row[]): Uint8Array {
  const entries = columns.map(({ name, arrow }) => [
    name,
    vectors[arrow](rows.map((row) => row[name] ?? '')),
  ]);
  return tableToIPC(new Table(Object.fromEntries(entries) as Record<string, never>), 'stream');
}
