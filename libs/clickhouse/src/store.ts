import { tableSettings } from './ddl.js';
import { EmbeddedEngine } from './embedded.js';
import { type Engine, type Statement } from './engine.js';
import { StoreError } from './errors.js';
import { type Loss, LossWriter } from './losses.js';
import { migrate } from './migrate.js';
import { type RulesetRecord, RulesetWriter } from './ruleset-writer.js';
import { jsonArray, readText } from './rows.js';
import { ServerEngine } from './server.js';
import { TraceWriter, type StoredBatch, type StoreOutcome } from './writer.js';

export interface StoreOptions {
  /** `embedded:<directory>`, or `http(s)://user:password@host:8123/database` */
  readonly url: string;
  /** Days after which traces go; 7 unless given. */
  readonly ttlDays?: number;
  /** Embedded only: whether an insert resolves only after its rows are on the disk; true unless given. */
  readonly fsync?: boolean;
}

/** Rows as text: `jsonl` one object a line, `json` one array. */
export type RowFormat = 'json' | 'jsonl';

/** Visor's tables in ClickHouse. */
export class Store {
  readonly #writer: TraceWriter;
  readonly #losses: LossWriter;
  readonly #rulesets: RulesetWriter;

  constructor(private readonly engine: Engine) {
    this.#writer = new TraceWriter(engine);
    this.#losses = new LossWriter(engine);
    this.#rulesets = new RulesetWriter(engine);
  }

  /** The directory, or the URL without its password. */
  get place(): string {
    return this.engine.place;
  }

  /** See TraceWriter.storeBatch. */
  storeBatch(bytes: Uint8Array, batch: StoredBatch): Promise<StoreOutcome> {
    return this.#writer.storeBatch(bytes, batch);
  }

  /** See LossWriter.store. */
  storeLosses(losses: readonly Loss[]): Promise<void> {
    return this.#losses.store(losses);
  }

  /** See RulesetWriter.store. */
  storeRuleset(record: RulesetRecord): Promise<void> {
    return this.#rulesets.store(record);
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
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const rows = this.engine.read(statement);
    return format === 'json' ? jsonArray(rows) : rows;
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
    await this.engine.close();
  }
}

async function openEngine(url: string): Promise<Engine> {
  const directory = /^embedded:(.+)$/s.exec(url)?.[1];
  if (directory) return EmbeddedEngine.open(directory);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return ServerEngine.open(parsed);
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
export async function openStore({ url, ttlDays = 7, fsync = true }: StoreOptions): Promise<Store> {
  const engine = await openEngine(url);
  try {
    await migrate(engine, { ttlDays, settings: tableSettings(engine.ownsDisk ? fsync : undefined) });
    return new Store(engine);
  } catch (error) {
    await engine.close();
    throw error;
  }
}
