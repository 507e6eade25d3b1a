import { randomBytes } from 'node:crypto';
import { type AlertJson } from './alert-columns.js';
import { AlertWriter } from './alert-writer.js';
import { BatchRows } from './batch-rows.js';
import { everywhere } from './cluster.js';
import { tableSettings } from './ddl.js';
import { DoubtfulBatches } from './doubtful.js';
import { EmbeddedEngine } from './embedded.js';
import { type Engine, type ResultFormat, type Statement, type WholeResult } from './engine.js';
import { StoreError } from './errors.js';
import { type Loss, LossWriter } from './losses.js';
import { MergeBrake } from './merge-brake.js';
import { migrate } from './migrate.js';
import { type RulesetRecord, RulesetWriter } from './ruleset-writer.js';
import { Rollup } from './rollup.js';
import { RollupMarks } from './rollup-marks.js';
import { type RowText } from './row-text.js';
import { jsonArray, readText } from './rows.js';
import { readStored, readStoredRows, readStoredWhole, type StoredRows } from './stored-rows.js';
import { ServerEngine } from './server.js';
import { TraceMerges } from './trace-merges.js';
import { parseServerUrl } from './server-url.js';
import { type Join, TraceWriter, type StoredBatch, type StoreOutcome } from './writer.js';

export interface StoreOptions {
  /** `embedded:<directory>`, or `http(s)://user:password@host:8123,host:8123/database`: the first host that works. */
  readonly url: string;
  /** Server only: the cluster of ClickHouse on which tables are replicated and distributed. */
  readonly cluster?: string;
  /** Server only: file with the certificates (PEM) that its certificate is checked against. */
  readonly ca?: string;
  /** Days after which traces go; 7 unless given. */
  readonly ttlDays?: number;
  /** Days after which the rollup by minute goes; 90 unless given. */
  readonly flowsTtlDays?: number;
  /** Days after which alerts go; 90 unless given. */
  readonly alertsTtlDays?: number;
  /** Embedded only: whether an insert resolves only after its rows are on the disk; true unless given. */
  readonly fsync?: boolean;
  /** Joins Arrow streams of the same schema; without it each batch is inserted by itself. */
  readonly join?: Join;
  /** When things are done that have no time of their own to tell. */
  readonly timing?: Partial<StoreTiming>;
}

/** Times in milliseconds. */
export interface StoreTiming {
  /** A batch that was inserted as `repeated` is verified so long after. */
  readonly verify_after_ms: number;
  /** A closed minute is rolled up when no rows came for so long, */
  readonly quiet_ms: number;
  /** or so long after the first of them though rows still come. */
  readonly busy_ms: number;
  /** A hub that said nothing for so long is over: another takes over what it left. */
  readonly dead_after_ms: number;
  /** The present time in µs. */
  readonly now_us: () => number;
}

const usualTiming: StoreTiming = {
  verify_after_ms: 60_000,
  quiet_ms: 5000,
  busy_ms: 60_000,
  dead_after_ms: 120_000,
  now_us: () => Date.now() * 1000,
};

/** Rows as `jsonl` (one object a line), `json` (one array), `csv` (RFC 4180, with a header) or `arrow` (an IPC stream). */
export type RowFormat = 'json' | 'jsonl' | 'csv' | 'arrow';

const resultFormats = {
  json: 'JSONEachRow',
  jsonl: 'JSONEachRow',
  csv: 'CSVWithNames',
  arrow: 'ArrowStream',
} satisfies Record<RowFormat, ResultFormat>;

/** Visor's tables in ClickHouse. */
export class Store {
  readonly #writer: TraceWriter;
  readonly #losses: LossWriter;
  readonly #rulesets: RulesetWriter;
  readonly #alerts: AlertWriter;

  readonly #doubtful: DoubtfulBatches;
  readonly #rollup: Rollup;
  /** Of the embedded engine alone: a server's merges are its own business. */
  readonly #brake: MergeBrake | undefined;

  constructor(
    private readonly engine: Engine,
    { ttlDays = 7, join, timing, cluster }: Omit<StoreOptions, 'url'> = {},
  ) {
    const { verify_after_ms, quiet_ms, busy_ms, dead_after_ms, now_us } = { ...usualTiming, ...timing };
    this.#brake = engine.ownsDisk ? new MergeBrake(new TraceMerges(engine)) : undefined;
    const batches = new BatchRows(engine, everywhere('traces', cluster), this.#brake);
    const distributed = cluster !== undefined;
    const marks = new RollupMarks(engine, randomBytes(8).toString('hex'), now_us);
    this.#doubtful = new DoubtfulBatches(engine, batches, marks, now_us, verify_after_ms * 1000);
    const slow_ms = Math.min(dead_after_ms, verify_after_ms) / 2;
    this.#writer = new TraceWriter(engine, batches, marks, this.#doubtful, { join, slow_ms, distributed });
    this.#rollup = new Rollup(engine, marks, {
      ttlDays,
      quiet_us: quiet_ms * 1000,
      busy_us: busy_ms * 1000,
      deadAfter_s: dead_after_ms / 1000,
      alone: engine.ownsDisk,
      distributed,
    });
    this.#losses = new LossWriter(engine);
    this.#rulesets = new RulesetWriter(engine);
    this.#alerts = new AlertWriter(engine);
  }

  /** The directory, or the URL without its password. */
  get place(): string {
    return this.engine.place;
  }

  /** See TraceWriter.storeBatches. */
  storeBatches(batches: readonly StoredBatch[]): Promise<StoreOutcome[]> {
    return this.#writer.storeBatches(batches);
  }

  /** See TraceWriter.storedBatches. */
  storedBatches(
    agentId: string,
    batches: readonly { batchId: bigint; rows: number; from_us: number; until_us: number }[],
  ): Promise<bigint[]> {
    return this.#writer.storedBatches(agentId, batches);
  }

  /** See DoubtfulBatches.verify; to be called now and then. */
  verifyDoubtful(now_us: number): Promise<number> {
    return this.#doubtful.verify(now_us);
  }

  /** See Rollup.rollUp; to be called every few seconds. */
  rollUp(now_us: number): Promise<number> {
    return this.#rollup.rollUp(now_us);
  }

  /** See Rollup.lag_us. */
  get rollupLag_us(): number {
    return this.#rollup.lag_us;
  }

  /** See MergeBrake.consider; to be called about every second with what the stream holds, 0 at the end. */
  async tellWaiting(messages: number): Promise<void> {
    await this.#brake?.consider(messages);
  }

  /** See LossWriter.store. */
  storeLosses(losses: readonly Loss[]): Promise<void> {
    return this.#losses.store(losses);
  }

  /** See RulesetWriter.store. */
  storeRuleset(record: RulesetRecord): Promise<void> {
    return this.#rulesets.store(record);
  }

  /** See AlertWriter.store. */
  storeAlert(alert: AlertJson): Promise<void> {
    return this.#alerts.store(alert);
  }

  /** See RulesetWriter.prune. */
  pruneRulesets(now_us: number, ttlDays: number): Promise<void> {
    return this.#rulesets.prune(now_us, ttlDays);
  }

  /**
   * The result in chunks, while ClickHouse makes it; a loop that ends early ends the query. Reads go on beside inserts
   * and other reads, off the main thread.
   */
  queryStream(
    statement: Statement,
    format: RowFormat = 'jsonl',
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const rows =
      statement.stored && format !== 'arrow'
        ? readStored(this.engine, statement, statement.stored, format === 'csv' ? 'csv' : 'jsonl', signal)
        : this.engine.read(statement, { format: resultFormats[format], signal });
    return format === 'json' ? jsonArray(rows) : rows;
  }

  /** @returns a result that is small enough to hold, as NDJSON unless said otherwise, and what was read for it */
  queryWhole(
    statement: Statement,
    options: { format?: Exclude<RowFormat, 'json'> | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<WholeResult> {
    const { format = 'jsonl', signal } = options;
    if (statement.stored && format !== 'arrow')
      return readStoredWhole(this.engine, statement, statement.stored, format, signal);
    return this.engine.readWhole(statement, { format: resultFormats[format], signal });
  }

  /** @returns rows that are small enough to hold, whose text is made when it is asked for */
  queryStored(statement: Statement, format: RowText, signal?: AbortSignal): Promise<StoredRows> {
    return readStoredRows(this.engine, statement, format, signal);
  }

  /** A result that is small enough to hold. */
  queryText(statement: Statement, format: RowFormat = 'jsonl'): Promise<string> {
    return readText(this.queryStream(statement, format));
  }

  /** Resolves where ClickHouse answers. */
  async ping(): Promise<void> {
    await this.queryText({ sql: 'SELECT 1' });
  }

  async close(): Promise<void> {
    // Where this process opens the directory once more the engine is the same.
    await this.#brake?.release().catch(() => undefined);
    await this.engine.close();
  }
}

async function openEngine(url: string, ca: string | undefined): Promise<Engine> {
  const directory = /^embedded:(.+)$/s.exec(url)?.[1];
  if (directory) return EmbeddedEngine.open(directory);
  const server = parseServerUrl(url);
  if (server) return ServerEngine.open(server, ca);
  const shown = url.replace(/\/\/.*@/s, '//…@');
  throw new StoreError(
    'open',
    'bad_url',
    `storage.clickhouse.url "${shown}" is not understood: use embedded:<directory> or http(s)://user:password@host:8123/database.`,
  );
}

/**
 * Opens the database and brings its tables to the present version.
 *
 * @throws StoreError
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { url, ca, cluster, ttlDays = 7, flowsTtlDays = 90, alertsTtlDays = 90, fsync = true } = options;
  if (cluster !== undefined && url.startsWith('embedded:')) {
    const sentence = `storage.clickhouse.cluster "${cluster}" is for servers: remove it or set storage.clickhouse.url to http(s)://….`;
    throw new StoreError('open', 'bad_url', sentence);
  }
  const engine = await openEngine(url, ca);
  try {
    const settings = tableSettings(engine.ownsDisk ? fsync : undefined);
    await migrate(engine, { ttlDays, flowsTtlDays, alertsTtlDays, settings, cluster });
    return new Store(engine, options);
  } catch (error) {
    await engine.close();
    throw error;
  }
}
