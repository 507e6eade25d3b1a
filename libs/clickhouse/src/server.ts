import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { killedOn } from './cancel.js';
import { quote, structure as traceStructure } from './columns.js';
import {
  type ArrowInsert,
  type Engine,
  type ReadOptions,
  type Statement,
  type WholeResult,
} from './engine.js';
import { StoreError } from './errors.js';
import { neverSent, refuseCancelled, storeFailure } from './failure.js';
import { Hosts } from './hosts.js';
import { written } from './pieces.js';
import { type ServerUrl } from './server-url.js';

/** An insert of some 100,000 rows is under way for less; a host that says nothing for so long is taken for dead. */
const requestTimeoutMs = 120_000;
/**
 * To one host. Each read has one until its reader has taken all, at whatever pace: were there as few as the client has
 * by default (10), slow readers would keep inserts waiting without a limit.
 */
const maxConnections = 1000;
/** At the start somebody waits to hear that it does not answer. */
const firstAnswerMs = 5000;

/** ClickHouse servers over HTTP: one, or several that have the same tables. */
export class ServerEngine implements Engine {
  readonly ownsDisk = false;
  readonly #hosts: Hosts<ClickHouseClient>;

  private constructor(
    readonly place: string,
    clients: readonly [ClickHouseClient, ...ClickHouseClient[]],
  ) {
    this.#hosts = new Hosts(clients);
  }

  /**
   * @param ca file with the certificates (PEM) that servers' certificates are checked against
   * @throws StoreError 'unreachable', 'unauthorized', 'unknown_database', 'bad_certificate'
   */
  static async open({ hosts, shown }: ServerUrl, ca?: string): Promise<ServerEngine> {
    const tls = ca === undefined ? {} : { tls: { ca_cert: readCertificates(ca) } };
    const [first, ...others] = hosts;
    const client = (url: URL): ClickHouseClient => clientOf({ ...clientOptions(url), ...tls }, shown);
    const engine = new ServerEngine(shown, [client(first), ...others.map(client)]);
    try {
      await engine.#hello();
      return engine;
    } catch (cause) {
      await engine.close();
      throw storeFailure('open', engine.place, cause instanceof StoreError ? (cause.cause ?? cause) : cause);
    }
  }

  async #hello(): Promise<void> {
    await this.#onHost((client) =>
      client.command({ query: 'SELECT 1', abort_signal: AbortSignal.timeout(firstAnswerMs) }),
    );
  }

  async run({ sql, params }: Statement): Promise<void> {
    await this.#onHost((client) => client.command({ query: sql, query_params: { ...params } }));
  }

  async insert({ pieces, structure = traceStructure, sql }: ArrowInsert): Promise<void> {
    const query = `${sql(`input(${quote(structure)})`)} FORMAT ArrowStream`;
    try {
      await this.#onHost(async (client) => {
        const values = Readable.from(written(pieces), { objectMode: false });
        const { stream } = await client.exec({ query, values });
        for await (const _ of stream);
      });
    } catch (cause) {
      throw storeFailure('insert', this.place, cause);
    }
  }

  /** The client's rows, not the raw answer: it finds the error that ClickHouse writes into a result half sent. */
  async *read(
    statement: Statement,
    { format = 'JSONEachRow', signal }: ReadOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (format !== 'JSONEachRow' && format !== 'JSONCompactEachRow')
      return void (yield (await this.readWhole(statement, { format, signal })).bytes);
    refuseCancelled(signal);
    const query = { query: statement.sql, query_params: { ...statement.params }, format } as const;
    try {
      const { result, kill } = await this.#onHost(async (client) => {
        const query_id = randomUUID();
        const kill = (): Promise<unknown> => killQuery(client, query_id);
        return { result: await killedOn(signal, kill, client.query({ ...query, query_id })), kill };
      });
      let ended = false;
      try {
        const batches = result.stream()[Symbol.asyncIterator]() as AsyncIterator<readonly { text: string }[]>;
        for (;;) {
          const next = await killedOn(signal, kill, batches.next());
          refuseCancelled(signal);
          ended = next.done === true;
          if (next.done) return;
          if (next.value.length > 0) yield Buffer.from(next.value.map(({ text }) => `${text}\n`).join(''));
        }
      } finally {
        result.close();
        if (!ended) await kill().catch(() => undefined);
      }
    } catch (cause) {
      throw storeFailure('read', this.place, cause, signal);
    }
  }

  /** ClickHouse keeps its answer until it is whole: it fails before, or not at all, and tells what it has read. */
  async readWhole(
    { sql, params }: Statement,
    { format = 'JSONEachRow', signal }: ReadOptions = {},
  ): Promise<WholeResult> {
    refuseCancelled(signal);
    const query = {
      query: `${sql}\nFORMAT ${format}`,
      query_params: { ...params },
      clickhouse_settings: { wait_end_of_query: 1 },
    } as const;
    try {
      return await this.#onHost((client) => {
        const query_id = randomUUID();
        const work = client.exec({ ...query, query_id }).then(async ({ stream, response_headers }) => ({
          bytes: await buffer(stream),
          ...summaryOf(response_headers['x-clickhouse-summary']),
        }));
        return killedOn(signal, () => killQuery(client, query_id), work);
      });
    } catch (cause) {
      throw storeFailure('read', this.place, cause, signal);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#hosts.all.map((client) => client.close()));
  }

  /**
   * What was never sent is tried on each host. What may have been is not: an insert could be done twice. Whoever asked for
   * it tries again, and comes to the next host then.
   */
  async #onHost<T>(work: (client: ClickHouseClient) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const client = this.#hosts.current;
      try {
        const done = await work(client);
        this.#hosts.worked(client);
        return done;
      } catch (cause) {
        if (storeFailure('read', this.place, cause).code === 'unreachable') this.#hosts.failed(client);
        if (!neverSent(cause) || tries >= this.#hosts.all.length) throw cause;
      }
    }
  }
}

/** @throws StoreError 'bad_url': a login that is not percent-encoded, or parameters after the database */
function clientOf(options: Parameters<typeof createClient>[0], shown: string): ClickHouseClient {
  try {
    return createClient(options);
  } catch (cause) {
    const sentence = `storage.clickhouse.url "${shown}" is not understood (${(cause as Error).message}): use http(s)://user:password@host:8123/database, with % and the like in the login as %25.`;
    throw new StoreError('open', 'bad_url', sentence, { cause });
  }
}

function clientOptions(url: URL) {
  const near = /^(localhost|127\..*|\[::1\])$/.test(url.hostname);
  return {
    url,
    application: 'visor',
    request_timeout: requestTimeoutMs,
    max_open_connections: maxConnections,
    // On the way to this machine itself gzip costs more than it saves.
    compression: { request: !near, response: true },
    // Every failure is thrown; who catches it logs it.
    log: { level: ClickHouseLogLevel.OFF },
  };
}

/**
 * A connection that is closed ends a query only where the server is set so, and the user may only read: this always does.
 * Everybody may end queries of their own.
 */
const killQuery = (client: ClickHouseClient, query_id: string): Promise<unknown> =>
  client.command({ query: 'KILL QUERY WHERE query_id = {id:String} ASYNC', query_params: { id: query_id } });

/** Of ClickHouse's header: its numbers are written as text. */
function summaryOf(header: string | string[] | undefined): Omit<WholeResult, 'bytes'> {
  const told = JSON.parse(String(header ?? '{}')) as Readonly<Record<string, string>>;
  const count = (name: string): number => Number(told[name] ?? 0);
  return {
    readRows: count('read_rows'),
    readBytes: count('read_bytes'),
    elapsed_ms: Math.round(count('elapsed_ns') / 1e6),
  };
}

function readCertificates(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new StoreError(
      'open',
      'bad_certificate',
      `storage.clickhouse.tls.ca: "${file}" cannot be read (${(cause as Error).message}); give the path of a PEM file`,
      { cause },
    );
  }
}
