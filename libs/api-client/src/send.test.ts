import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { VisorClient } from './client.js';
import { tlsFault } from './tls-fault.js';
import { type Answer, type Send, sendByFetch } from './send.js';
import { sendByNode } from './send-node.js';
import { type TestServer, testServers } from './testing/server.js';

const serve = testServers();

const never = new AbortController().signal;
const get = { method: 'GET', headers: {}, signal: never } as const;

const closing = (server: TestServer): Promise<unknown> | undefined => {
  const socket = server.requests.at(-1)?.socket;
  return socket && once(socket, 'close');
};

async function textOf({ body }: Answer): Promise<string> {
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  return text;
}

// That certificates are shown and checked is seen in e2e/security.e2e.ts, with a real hub.
describe.each<[string, Send]>([
  ['Node', sendByNode()],
  ['fetch', sendByFetch(globalThis.fetch)],
])('a request by %s', (_name, send) => {
  it('is sent as it is, and its answer is given', async () => {
    const server = await serve((request, response) => {
      response.setHeader('x-two', ['a', 'b']);
      response.writeHead(201, { 'content-type': 'text/plain' });
      request.pipe(response);
    });
    const answer = await send({
      url: `${server.url}/a?b=%20c`,
      method: 'POST',
      body: 'hello',
      headers: { authorization: 'Bearer x' },
      signal: never,
    });
    expect([answer.status, answer.header('x-two'), answer.header('x-three')]).toEqual([201, 'a, b', null]);
    expect(await textOf(answer)).toBe('hello');
    expect(server.requests[0]).toMatchObject({ method: 'POST', url: '/a?b=%20c' });
    expect(server.requests[0]?.headers).toMatchObject({ authorization: 'Bearer x' });
  });

  it('may have an answer without a body', async () => {
    const server = await serve((_, response) => void response.writeHead(204).end());
    const answer = await send({ ...get, url: server.url });
    expect([answer.status, await textOf(answer)]).toEqual([204, '']);
  });

  it('gives the answer while it comes, and ends on the signal', async () => {
    const server = await serve((_, response) => void response.write('first'));
    const stop = new AbortController();
    const { body } = await send({ ...get, url: server.url, signal: stop.signal });
    const chunks = body[Symbol.asyncIterator]();
    expect(Buffer.from((await chunks.next()).value as Uint8Array).toString()).toBe('first');
    const [request] = server.requests;
    const closed = request && once(request.socket, 'close');
    const next = chunks.next();
    stop.abort();
    await expect(next).rejects.toBe(stop.signal.reason);
    await closed;
  });

  it('ends where its answer is not wanted', async () => {
    const server = await serve((_, response) => void response.write('first'));
    for (const leave of [
      (answer: Answer) => answer.cancel(),
      async ({ body }: Answer) => {
        for await (const _ of body) break;
      },
    ]) {
      const answer = await send({ ...get, url: server.url });
      const closed = closing(server);
      await leave(answer);
      await closed;
    }
  });

  it('ends on the signal before there is an answer', async () => {
    const server = await serve(() => undefined);
    const stop = new AbortController();
    const asking = send({ ...get, url: server.url, signal: stop.signal });
    await expect.poll(() => server.requests.length, { timeout: 20_000 }).toBe(1);
    stop.abort();
    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
    await expect(send({ ...get, url: server.url, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('tells an answer that broke off from one that ended', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('first', () => response.destroy());
    });
    await expect(textOf(await send({ ...get, url: server.url }))).rejects.toThrow();
  });
});

describe('a request by Node', () => {
  it('follows no redirect: a token goes where it was meant to', async () => {
    const other = await serve((_, response) => void response.end('[]'));
    const server = await serve((_, response) => void response.writeHead(302, { location: other.url }).end());
    const client = new VisorClient({ host: server.url, token: 't' });
    await expect(client.packets({}, never).next()).rejects.toMatchObject({
      code: 'protocol',
      message: `${server.url} sends to ${other.url}, which is not followed`,
    });
    expect(other.requests).toEqual([]);
  });

  it('is what the client asks with where it has certificates', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end('{"a":1}\n');
    });
    const client = new VisorClient({ host: server.url, token: 't', tls: { ca: '' } });
    const rows: string[] = [];
    for await (const part of client.packets({}, new AbortController().signal)) rows.push(...part);
    expect(rows).toEqual(['{"a":1}']);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer t');
    await server.stop();
    const refused = client.packets({}, new AbortController().signal).next();
    await expect(refused).rejects.toMatchObject({
      message: `cannot reach ${server.url}: connection refused`,
    });
  });
});

describe('tlsFault', () => {
  const error = (code: string, more = {}): Error =>
    new TypeError('fetch failed', { cause: Object.assign(new Error('reason'), { code, ...more }) });

  it.each([
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'untrusted',
      'shows a certificate of an authority that is not known here',
    ],
    ['CERT_HAS_EXPIRED', 'bad_certificate', 'shows a certificate that is not valid now (reason)'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'bad_certificate', 'shows a certificate of another host (DNS:a, not b)'],
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'needs_certificate',
      'wants a client certificate that it trusts',
    ],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'no_tls', 'speaks no TLS'],
  ])('%s', (code, kind, sentence) => {
    const fault = tlsFault(
      'packets',
      'https://h',
      error(code, { host: 'b', cert: { subjectaltname: 'DNS:a' } }),
    );
    expect(fault).toMatchObject({ op: 'packets', code: kind, message: `https://h ${sentence}` });
  });

  it('is read from the text where writing fails', () => {
    const text = (reason: string): string =>
      `write EPROTO 80FC:error:0A000410:SSL routines:ssl3_read_bytes:${reason}:../deps/openssl/x.c:1600:SSL alert\n`;
    const fault = (reason: string) =>
      tlsFault('packets', 'https://h', Object.assign(new Error(text(reason)), { code: 'EPROTO' }))?.code;
    expect(fault('wrong version number')).toBe('no_tls');
    expect(fault('sslv3 alert handshake failure')).toBe('needs_certificate');
    expect(fault('tlsv13 alert certificate required')).toBe('needs_certificate');
    expect(fault('something else')).toBeUndefined();
  });

  it('leaves the others', () => {
    expect(tlsFault('packets', 'https://h', error('ECONNREFUSED'))).toBeUndefined();
  });
});
