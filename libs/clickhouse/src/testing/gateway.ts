import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Engine, type Statement } from '../engine.js';
import { StoreError } from '../errors.js';

/**
 * ClickHouse's HTTP interface in front of the embedded engine: queries, parameters, Arrow bodies, errors and
 * authentication as a server has them. It stands for a server where none can be installed.
 */
export class HttpGateway {
  private constructor(
    private readonly server: Server,
    readonly host: string,
  ) {}

  /** User `visor`, password `secret`, database `default`. */
  static async start(engine: Engine): Promise<HttpGateway> {
    const server = createServer((request, response) => {
      answer(engine, request, response).catch((error: unknown) => refuse(response, 500, 1002, String(error)));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return new HttpGateway(server, `127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

const credentials = `Basic ${Buffer.from('visor:secret').toString('base64')}`;

async function answer(engine: Engine, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { searchParams } = new URL(request.url ?? '', 'http://gateway');
  const body = await buffer(request);
  if (request.headers.authorization !== credentials) {
    return refuse(response, 403, 516, 'visor: Authentication failed', 'AUTHENTICATION_FAILED');
  }
  const database = searchParams.get('database') ?? 'default';
  if (database !== 'default') {
    return refuse(response, 404, 81, `Database ${database} does not exist`, 'UNKNOWN_DATABASE');
  }
  try {
    await runQuery(engine, searchParams, body, response);
  } catch (error) {
    const cause = error instanceof StoreError ? error.cause : error;
    const { code, message } = cause as { code?: string; message: string };
    refuse(response, 500, Number(/^Code: (\d+)/.exec(message)?.[1] ?? code), message);
  }
}

async function runQuery(
  engine: Engine,
  searchParams: URLSearchParams,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const params = Object.fromEntries(
    [...searchParams]
      .filter(([name]) => name.startsWith('param_'))
      .map(([name, value]) => [name.slice(6), unescapeTsv(value)]),
  );
  const inUrl = searchParams.get('query');
  if (inUrl !== null && body.length > 0) {
    const query = inUrl.replace(/ FORMAT ArrowStream$/, '');
    // The engine has no request body that `input` could read.
    const structure = /input\('(.*)'\)/s.exec(query)?.[1]?.replace(/\\(.)/gs, '$1');
    await engine.insert({
      bytes: body,
      ...(structure !== undefined && { structure }),
      sql: (source) => query.replace(/input\('.*'\)(?= WHERE|$)/s, () => source),
    });
    response.end();
    return;
  }
  const statement: Statement = { sql: inUrl ?? body.toString(), params };
  const rows = /^(.*)\sFORMAT JSONEachRow\s*$/s.exec(statement.sql)?.[1];
  if (rows === undefined) await engine.run(statement);
  else for await (const chunk of engine.read({ ...statement, sql: rows })) response.write(chunk);
  response.end();
}

/** Values of parameters come escaped as in TSV. */
function unescapeTsv(value: string): string {
  const special: Record<string, string> = { t: '\t', n: '\n', r: '\r' };
  return value.replace(/\\(.)/gs, (_, char: string) => special[char] ?? char);
}

function refuse(response: ServerResponse, status: number, code: number, text: string, type = 'ERROR'): void {
  response.statusCode = status;
  response.setHeader('X-ClickHouse-Exception-Code', code);
  response.end(`Code: ${code}. DB::Exception: ${text}. (${type}) (version 26.7.2.1)\n`);
}
