import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { type Engine, type ReadOptions, type ResultFormat } from '../engine.js';
import { StoreError } from '../errors.js';
import { type FrontRequest, readRequest } from './front-request.js';
import { type FrontUser, frontUsers, type Refusal, refusalOf } from './front-users.js';

/** What goes wrong from now on, until it is set otherwise. */
export interface FrontFaults {
  /** Every answer waits so long. */
  delay_ms?: number;
  /** As a proxy before a server that is away. */
  unavailable?: boolean;
  /** The connection is cut when the request is there: before it is executed, or after. */
  cut?: 'before' | 'after' | undefined;
  /** An exception of this code instead of an execution. */
  code?: number | undefined;
  /** An exception, or a cut, after the first chunk of a result. */
  middle?: 'exception' | 'cut' | undefined;
}

export interface FrontOptions {
  readonly port?: number;
  readonly users?: Readonly<Record<string, FrontUser>>;
  /** PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** ClickHouse's exception tag of this server's answers. */
const tag = 'visorfrontvisorf';

/**
 * ClickHouse's HTTP interface in front of the embedded engine: what a hub sends and gets is as with a server, in places
 * where none can be installed. It answers rows as JSONEachRow and takes inserts as ArrowStream.
 */
export class HttpFront {
  readonly faults: FrontFaults = {};
  /** Statements that were executed. */
  readonly executed: string[] = [];
  #server: Server | undefined;
  #port: number;
  readonly #working = new Set<Promise<void>>();
  /** Queries under way that have a result, by their ids. */
  readonly #reading = new Map<string, AbortController>();

  private constructor(
    private readonly engine: Engine,
    private readonly options: FrontOptions,
  ) {
    this.#port = options.port ?? 0;
  }

  static async start(engine: Engine, options: FrontOptions = {}): Promise<HttpFront> {
    const front = new HttpFront(engine, options);
    await front.listen();
    return front;
  }

  /** `127.0.0.1:34567`, the same after a restart. */
  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Connections are taken, again after `stop`. */
  async listen(): Promise<void> {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      const work = this.#answer(request, response)
        .catch((error: unknown) => {
          refuse(response, { status: 500, code: 1002, name: 'UNKNOWN_EXCEPTION', text: String(error) });
        })
        .finally(() => this.#working.delete(work));
      this.#working.add(work);
    };
    const limits = { maxHeaderSize: 2 ** 20 };
    const { tls } = this.options;
    const server = tls ? createTlsServer({ ...limits, ...tls }, handle) : createServer(limits, handle);
    await new Promise<void>((done, failed) => {
      server.once('error', failed).listen(this.#port, '127.0.0.1', done);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Connections are cut and refused; what is being executed is done. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await Promise.all(this.#working);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/ping') return void response.end('Ok.\n');
    if (request.url === '/faults') return this.#setFaults(request, response);
    const asked = await readRequest(request);
    const { delay_ms = 0, unavailable, cut, code } = this.faults;
    if (delay_ms > 0) await sleep(delay_ms);
    if (cut === 'before') return void request.socket.destroy();
    if (unavailable) {
      response.writeHead(503, { 'Content-Type': 'text/html' });
      return void response.end('<h1>503 Service Unavailable</h1>');
    }
    describe(response, asked);
    const refusal =
      this.#refusalOf(asked) ??
      (code && { status: 500, code, name: 'INJECTED', text: 'A fault of the front' });
    if (refusal) return refuse(response, refusal);
    try {
      await this.#execute(asked, response);
    } catch (error) {
      refuse(response, exceptionOf(error));
    }
    if (cut === 'after') request.socket.destroy();
  }

  #refusalOf({ user, password, database, sql }: FrontRequest): Refusal | undefined {
    const known = (this.options.users ?? frontUsers)[user];
    if (known?.password !== password) {
      const text = `${user}: Authentication failed: password is incorrect, or there is no user with such name`;
      return { status: 403, code: 516, name: 'AUTHENTICATION_FAILED', text };
    }
    if (database !== 'default') {
      const text = `Database ${database} does not exist`;
      return { status: 404, code: 81, name: 'UNKNOWN_DATABASE', text };
    }
    return refusalOf(user, known.rights, sql);
  }

  async #execute(asked: FrontRequest, response: ServerResponse): Promise<void> {
    this.executed.push(asked.sql);
    if (asked.data.length > 0) {
      await this.#insert(asked);
      if (this.faults.cut !== 'after') response.end();
      return;
    }
    const killed = /^KILL QUERY WHERE query_id = \{id:String\}/.test(asked.sql);
    if (killed) {
      this.#reading.get(asked.params['id'] ?? '')?.abort(new Error('killed'));
      return void response.end();
    }
    const [, sql, format] =
      /^(.*)\sFORMAT (JSONEachRow|JSONCompactEachRow|CSVWithNames|ArrowStream)\s*$/s.exec(asked.sql) ?? [];
    if (sql !== undefined) return this.#read({ ...asked, sql }, format as ResultFormat, response);
    await this.engine.run({ sql: asked.sql, params: asked.params });
    if (this.faults.cut !== 'after') response.end();
  }

  async #insert({ sql, data }: FrontRequest): Promise<void> {
    const query = sql.replace(/\s*FORMAT ArrowStream\s*$/, '');
    // The engine has no request body that `input` could read.
    const structure = /input\('(.*)'\)/s.exec(query)?.[1]?.replace(/\\(.)/gs, '$1');
    await this.engine.insert({
      pieces: [data],
      ...(structure !== undefined && { structure }),
      sql: (source) => query.replace(/input\('.*'\)(?= WHERE|$)/s, () => source),
    });
  }

  /** A closed connection ends nothing, as with a server that is not told to: KILL QUERY does. */
  async #read(asked: FrontRequest, format: ResultFormat, response: ServerResponse): Promise<void> {
    const id = asked.queryId ?? randomUUID();
    const kill = new AbortController();
    this.#reading.set(id, kill);
    response.setHeader('X-ClickHouse-Format', format);
    try {
      if (asked.wait) await this.#whole(asked, { format, signal: kill.signal }, response);
      else await this.#rows(asked, { format, signal: kill.signal }, response);
    } catch (error) {
      if (!kill.signal.aborted) throw error;
      refuse(response, { status: 500, code: 394, name: 'QUERY_WAS_CANCELLED', text: 'Query was cancelled' });
    } finally {
      this.#reading.delete(id);
    }
  }

  async #whole({ sql, params }: FrontRequest, options: ReadOptions, response: ServerResponse): Promise<void> {
    const { bytes, readRows, readBytes, elapsed_ms } = await this.engine.readWhole({ sql, params }, options);
    const told = { read_rows: readRows, read_bytes: readBytes, elapsed_ns: elapsed_ms * 1e6 };
    const summary = Object.entries(told).map(([name, value]) => [name, String(value)]);
    response.setHeader('X-ClickHouse-Summary', JSON.stringify(Object.fromEntries(summary)));
    response.end(bytes);
  }

  async #rows(
    { sql, params, gzip }: FrontRequest,
    options: ReadOptions,
    response: ServerResponse,
  ): Promise<void> {
    const packed = gzip ? createGzip() : undefined;
    const begin = (): void => {
      if (!packed || response.headersSent || packed.readableFlowing) return;
      response.setHeader('Content-Encoding', 'gzip');
      packed.pipe(response);
    };
    const out = packed ?? response;
    for await (const chunk of this.engine.read({ sql, params }, options)) {
      begin();
      if (!out.write(chunk)) await drained(out, response);
      // The client went: the engine's session must go as well.
      if (response.destroyed) return;
      if (this.faults.middle === 'cut') return void response.socket?.destroy();
      if (this.faults.middle === 'exception') {
        out.end(lateException('Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)'));
        return;
      }
    }
    begin();
    out.end();
  }

  /** PUT /faults with FrontFaults as JSON; for a front that is a program of its own. */
  async #setFaults(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    Object.assign(this.faults, JSON.parse(text || '{}'));
    response.end(`${JSON.stringify(this.faults)}\n`);
  }
}

async function drained(out: Writable, response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await once(out, 'drain', { signal: gone.signal }).catch(() => undefined);
}

function describe(response: ServerResponse, { queryId }: FrontRequest): void {
  response.setHeader('X-ClickHouse-Query-Id', queryId ?? randomUUID());
  response.setHeader('X-ClickHouse-Server-Display-Name', 'visor-front');
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  response.setHeader('X-ClickHouse-Exception-Tag', tag);
  const counts = { read_rows: '0', read_bytes: '0', written_rows: '0', written_bytes: '0', elapsed_ns: '0' };
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(counts));
}

/** As ClickHouse 25.11 and later end a result that failed half way. */
function lateException(text: string): string {
  const length = Buffer.byteLength(`${text}\n`);
  return `\r\n__exception__\r\n${tag}\r\n${text}\n${length} ${tag}\r\n__exception__\r\n`;
}

function exceptionOf(error: unknown): Refusal {
  const cause = error instanceof StoreError ? error.cause : error;
  const { code, message } = cause as { code?: string; message: string };
  const number = Number(/^Code: (\d+)/.exec(message)?.[1] ?? code);
  const [, text = message, name = 'ERROR'] = /DB::Exception: (.*)\. \((\w+)\)/s.exec(message) ?? [];
  return { status: number === 60 ? 404 : 500, code: number, name, text };
}

function refuse(response: ServerResponse, { status, code, name, text }: Refusal): void {
  if (response.headersSent) return void response.destroy();
  response.statusCode = status;
  response.setHeader('X-ClickHouse-Exception-Code', code);
  response.end(`Code: ${code}. DB::Exception: ${text}. (${name}) (version 26.7.2.1)\n`);
}
