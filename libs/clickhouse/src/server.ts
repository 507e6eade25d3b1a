import { Readable } from 'node:stream';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { quote, structure as traceStructure } from './columns.js';
import { type ArrowInsert, type Engine, type Statement } from './engine.js';
import { storeFailure } from './failure.js';

/** A ClickHouse server over HTTP. */
export class ServerEngine implements Engine {
  readonly ownsDisk = false;

  private constructor(
    readonly place: string,
    private readonly client: ClickHouseClient,
  ) {}

  /** @throws StoreError 'unreachable', 'unauthorized', 'unknown_database' */
  static async open(url: URL): Promise<ServerEngine> {
    const shown = new URL(url);
    shown.password = '';
    const client = createClient({
      url,
      application: 'visor',
      compression: { response: true },
      // Every failure is thrown; who catches it logs it.
      log: { level: ClickHouseLogLevel.OFF },
    });
    const engine = new ServerEngine(shown.href, client);
    try {
      await engine.run({ sql: 'SELECT 1' });
      return engine;
    } catch (cause) {
      await client.close();
      throw storeFailure('open', engine.place, cause);
    }
  }

  async run({ sql, params }: Statement): Promise<void> {
    await this.client.command({ query: sql, query_params: { ...params } });
  }

  async insert({ bytes, structure = traceStructure, sql }: ArrowInsert): Promise<void> {
    const query = `${sql(`input(${quote(structure)})`)} FORMAT ArrowStream`;
    const values = Readable.from([bytes], { objectMode: false });
    try {
      const { stream } = await this.client.exec({ query, values });
      for await (const _ of stream);
    } catch (cause) {
      throw storeFailure('insert', this.place, cause);
    }
  }

  /** The client's rows, not the raw answer: it finds the error that ClickHouse writes into a result half sent. */
  async *read({ sql, params }: Statement): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      const result = await this.client.query({
        query: sql,
        query_params: { ...params },
        format: 'JSONEachRow',
      });
      try {
        for await (const rows of result.stream()) {
          if (rows.length > 0) yield Buffer.from(rows.map((row) => `${row.text}\n`).join(''));
        }
      } finally {
        result.close();
      }
    } catch (cause) {
      throw storeFailure('read', this.place, cause);
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
