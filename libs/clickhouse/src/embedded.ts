import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { drainPending, Session } from 'chdb';
import { createChdbConnection } from 'chdb/connection';
import { killedOn } from './cancel.js';
import { quote, structure as traceStructure } from './columns.js';
import { emptyIncoming, inUse, lockHolder, prepareDirectory, unusable } from './directory.js';
import {
  type ArrowInsert,
  type Engine,
  type ReadOptions,
  type ResultFormat,
  type Statement,
  type WholeResult,
} from './engine.js';
import { refuseCancelled, storeFailure } from './failure.js';
import { joined } from './joined.js';
import { withLiterals } from './literals.js';
import { written } from './pieces.js';
import { withoutProgress } from './progress.js';
import { withSettings } from './settings.js';

/** Skip indexes are looked through at once: range by range, as they are by default, takes 10 to 30 ms more (ADR 33). */
const readSettings = { use_skip_indexes_on_data_read: 0 };

/** Of rows as text there are forms that tell what was read. */
const progressFormats = {
  JSONEachRow: 'JSONEachRowWithProgress',
  JSONCompactEachRow: 'JSONCompactEachRowWithProgress',
  CSVWithNames: 'CSVWithNames',
  ArrowStream: 'ArrowStream',
} satisfies Record<ResultFormat, string>;

/** Bytes that this process may use; a container may have less than its machine. */
function memoryOfHost(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity);
}

/** For unpacked blocks of the newest rows, which are asked for again and again; see use_uncompressed_cache in select.ts. */
const blockCacheBytes = Math.floor(Math.min(256 * 2 ** 20, memoryOfHost() / 32));

/** ClickHouse in this process (chDB), in a directory of its own. */
export class EmbeddedEngine implements Engine {
  readonly ownsDisk = true;

  private constructor(
    readonly place: string,
    private readonly incoming: string,
    private readonly first: Session,
    private readonly client: ClickHouseClient,
  ) {}

  /** @throws StoreError 'in_use', 'unusable_directory' */
  static async open(path: string): Promise<EmbeddedEngine> {
    const directory = resolve(path);
    await prepareDirectory(directory);
    const { first, client } = await connect(directory);
    try {
      return new EmbeddedEngine(directory, await emptyIncoming(directory), first, client);
    } catch (error) {
      await client.close();
      first.close();
      throw error;
    }
  }

  async run(statement: Statement): Promise<void> {
    await this.client.command({ query: withLiterals(statement) });
  }

  /** Binary bodies do not pass the connection, so the stream goes through a file. */
  async insert({ pieces, structure = traceStructure, sql }: ArrowInsert): Promise<void> {
    const file = join(this.incoming, `${randomUUID()}.arrow`);
    try {
      await writeFile(file, written(pieces));
      const query = sql(`file(${quote(file)}, 'ArrowStream', ${quote(structure)})`);
      await this.client.command({ query });
    } catch (cause) {
      throw storeFailure('insert', this.place, cause);
    } finally {
      await rm(file, { force: true });
    }
  }

  /**
   * A connection runs one query at a time, and @clickhouse/client gets a result as a whole: each read has a session of
   * its own (0.1 ms), whose chunks are fetched off the main thread. Each chunk is a result of its own.
   */
  async *read(
    statement: Statement,
    { format = 'JSONEachRow', signal }: ReadOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    refuseCancelled(signal);
    const session = new Session(this.place);
    try {
      yield* joined(format, this.#chunks(session, statement, format, signal));
    } catch (cause) {
      throw storeFailure('read', this.place, cause, signal);
    } finally {
      session.close();
    }
  }

  async *#chunks(
    session: Session,
    statement: Statement,
    format: ResultFormat,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { sql, kill } = this.#killable(statement);
    const chunks = session.queryStream(sql, { format })[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await killedOn(signal, kill, chunks.next());
        refuseCancelled(signal);
        if (next.done) return;
        if (next.value.numBytes > 0) yield next.value.raw();
      }
    } finally {
      await chunks.return?.();
    }
  }

  async readWhole(
    statement: Statement,
    { format = 'JSONEachRow', signal }: ReadOptions = {},
  ): Promise<WholeResult> {
    refuseCancelled(signal);
    const session = new Session(this.place);
    try {
      const { sql, kill } = this.#killable(statement);
      const query = session.queryAsync(sql, { format: progressFormats[format] });
      const result = await killedOn(signal, kill, query);
      refuseCancelled(signal);
      const bytes = result.bytes();
      if (progressFormats[format] !== format) return withoutProgress(bytes);
      return { bytes, readRows: 0, readBytes: 0, elapsed_ms: Math.round(result.elapsed * 1000) };
    } catch (cause) {
      throw storeFailure('read', this.place, cause, signal);
    } finally {
      session.close();
    }
  }

  /**
   * The binding cannot end a query, nor name one: it would run on with nobody waiting. But its comment is among what the
   * engine tells of running queries, and another session may end it: within 0.1 s.
   */
  #killable(statement: Statement): { sql: string; kill: () => Promise<void> } {
    const comment = `visor ${randomUUID()}`;
    const sql = withLiterals(withSettings(statement, { log_comment: comment, ...readSettings }));
    const kill = async (): Promise<void> => {
      const session = new Session(this.place);
      try {
        await session.queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${quote(comment)} ASYNC`);
      } finally {
        session.close();
      }
    };
    return { sql, kill };
  }

  async close(): Promise<void> {
    await this.client.close();
    this.first.close();
    await drainPending();
  }
}

/** The engine is started, as arguments of its own tell, by the session that is the first in a directory. */
async function connect(directory: string): Promise<{ first: Session; client: ClickHouseClient }> {
  let first: Session | undefined;
  try {
    first = new Session(directory, { connectionArgs: [`--uncompressed_cache_size=${blockCacheBytes}`] });
    const connection = createChdbConnection({ path: directory });
    // chdb has its own copy of the client's types, which differs by a private field only.
    const options = { connection, log: { level: ClickHouseLogLevel.OFF } };
    return { first, client: createClient(options as unknown as Parameters<typeof createClient>[0]) };
  } catch (cause) {
    first?.close();
    const open = /active data directory per process.*\(path='(.*?)'\)/.exec(String(cause))?.[1];
    if (open) throw inUse(directory, `this process, which has ${open} open and can have only one`, cause);
    const holder = await lockHolder(directory);
    if (holder !== undefined) throw inUse(directory, `another process (pid ${holder})`, cause);
    throw unusable(directory, cause);
  }
}
