import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Duplex } from 'node:stream';
import { type Socket } from 'node:net';
import { securityHeaders } from '../auth/headers.js';
import { Problem } from './problem.js';

/** Answers what is no HTTP request that Node can hand on. */
export function refuseRaw(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  endWith(socket, problemOf(error.code));
}

/** Answers what Node would else answer by itself, without a word, or not at all. */
export function refuseOddities(server: Server): void {
  server.on('checkExpectation', ({ headers }: IncomingMessage, response: ServerResponse) => {
    const detail = `the header Expect asks for "${headers.expect}"; leave it out, or send 100-continue`;
    const { status, details } = new Problem(417, detail);
    response.writeHead(status, headersOf());
    response.end(JSON.stringify(details));
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) =>
    endWith(socket, new Problem(405, 'the hub is no proxy: it takes no CONNECT'), { Allow: 'GET' }),
  );
}

/** @returns what is wrong with the Host headers of a request (RFC 9112, 3.2); undefined where nothing is */
export function hostFault({ rawHeaders, httpVersion }: IncomingMessage): string | undefined {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === 'host') hosts++;
  if (hosts > 1) return `the header Host is there ${hosts} times; send it once`;
  return hosts === 0 && httpVersion !== '1.0' ? 'the header Host is missing; send it' : undefined;
}

const headersOf = (): Record<string, string> => ({
  'Content-Type': 'application/problem+json',
  Connection: 'close',
  ...securityHeaders,
});

function endWith(socket: Duplex, { status, details }: Problem, more: Record<string, string> = {}): void {
  const body = JSON.stringify(details);
  const headers = { ...headersOf(), 'Content-Length': String(Buffer.byteLength(body)), ...more };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

const sentences: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'URL and headers together are too long; ask for less, or raise server.max-url'],
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    'the request took too long to come (server.header-timeout, server.request-timeout)',
  ],
  HPE_INVALID_URL: [
    400,
    'the URL has a character that is none of URLs; write it in percent encoding: ü as %C3%BC',
  ],
  // Where the URL has a space the version of HTTP would follow.
  HPE_INVALID_CONSTANT: [
    400,
    'this is not an HTTP request; where the URL has spaces write them in percent encoding: %20',
  ],
};

function problemOf(code = ''): Problem {
  const [status, detail] = sentences[code] ?? [400, 'this is not an HTTP request'];
  return new Problem(status, detail);
}
