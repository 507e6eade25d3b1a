import { type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** A request of ClickHouse's HTTP interface. */
export interface FrontRequest {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly queryId: string | undefined;
  readonly sql: string;
  /** What follows the statement: the bytes of an insert. */
  readonly data: Buffer;
  readonly params: Readonly<Record<string, string>>;
  /** Whether the answer is sent when it is whole. */
  readonly wait: boolean;
  /** Whether the answer may be packed. */
  readonly gzip: boolean;
}

const inflate = promisify(gunzip);

/** Values of parameters come escaped as in TSV. */
function unescapeTsv(value: string): string {
  const special: Record<string, string> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', '0': '\0' };
  return value.replace(/\\(.)/gs, (_, char: string) => special[char] ?? char);
}

function loginOf(request: IncomingMessage, query: URLSearchParams): { user: string; password: string } {
  const { authorization = '' } = request.headers;
  if (authorization.startsWith('Basic ')) {
    const [user = '', ...password] = Buffer.from(authorization.slice(6), 'base64').toString().split(':');
    return { user, password: password.join(':') };
  }
  const header = (name: string): string | undefined => request.headers[name]?.toString();
  return {
    user: header('x-clickhouse-user') ?? query.get('user') ?? 'default',
    password: header('x-clickhouse-key') ?? query.get('password') ?? '',
  };
}

/** The statement is in the query string, in the body, or begins there and ends in the body. */
export async function readRequest(request: IncomingMessage): Promise<FrontRequest> {
  const { searchParams: query } = new URL(request.url ?? '', 'http://front');
  const sent = await buffer(request);
  const body = request.headers['content-encoding'] === 'gzip' ? ((await inflate(sent)) as Buffer) : sent;
  const inUrl = query.get('query');
  const params = [...query]
    .filter(([name]) => name.startsWith('param_'))
    .map(([name, value]) => [name.slice(6), unescapeTsv(value)] as const);
  const accepted = request.headers['accept-encoding']?.toString().includes('gzip') ?? false;
  return {
    ...loginOf(request, query),
    database: query.get('database') ?? request.headers['x-clickhouse-database']?.toString() ?? 'default',
    queryId: query.get('query_id') ?? undefined,
    sql: inUrl ?? body.toString(),
    data: inUrl === null ? Buffer.alloc(0) : body,
    params: Object.fromEntries(params),
    wait: query.get('wait_end_of_query') === '1',
    gzip: accepted && query.get('enable_http_compression') === '1',
  };
}
