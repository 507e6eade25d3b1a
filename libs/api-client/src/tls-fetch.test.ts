import { once } from 'node:events';
import { type RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { VisorClient } from './client.js';
import { tlsFault } from './tls-fault.js';
import { tlsFetch } from './tls-fetch.js';
import { TestServer } from './testing/server.js';

const servers: TestServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function serve(answer: RequestListener): Promise<TestServer> {
  const server = await TestServer.start(answer);
  servers.push(server);
  return server;
}

const fetch = tlsFetch({});

// That certificates are shown and checked is seen in e2e/security.e2e.ts, with a real hub.
describe('tlsFetch', () => {
  it('asks and answers as fetch does', async () => {
    const server = await serve((request, response) => {
      response.setHeader('x-two', ['a', 'b']);
      response.writeHead(request.method === 'HEAD' ? 204 : 200, { 'content-type': 'text/plain' });
      request.pipe(response);
    });
    const answer = await fetch(`${server.url}/a?b=%20c`, {
      method: 'POST',
      body: 'hello',
      headers: { authorization: 'Bearer x' },
    });
    expect([answer.status, answer.headers.get('x-two'), await answer.text()]).toEqual([200, 'a, b', 'hello']);
    expect(server.requests[0]).toMatchObject({ method: 'POST', url: '/a?b=%20c' });
    expect(server.requests[0]?.headers).toMatchObject({ authorization: 'Bearer x' });
    expect((await fetch(server.url, { method: 'HEAD' })).status).toBe(204);
  });

  it('gives the answer while it comes, and ends the request on the signal', async () => {
    const server = await serve((_, response) => void response.write('first'));
    const stop = new AbortController();
    const answer = await fetch(server.url, { signal: stop.signal });
    const reader = answer.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first');
    const [request] = server.requests;
    const closed = request && once(request.socket, 'close');
    stop.abort();
    await expect(reader?.read()).rejects.toThrow();
    await closed;
  });

  it('ends on the signal before there is an answer', async () => {
    const server = await serve(() => undefined);
    const stop = new AbortController();
    const asking = fetch(server.url, { signal: stop.signal });
    await expect.poll(() => server.requests.length).toBe(1);
    stop.abort();
    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
    await expect(fetch(server.url, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('follows no redirect: a token goes where it was meant to', async () => {
    const other = await serve((_, response) => void response.end('[]'));
    const server = await serve((_, response) => void response.writeHead(302, { location: other.url }).end());
    expect((await fetch(server.url, { headers: { authorization: 'Bearer x' } })).status).toBe(302);
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

  it('leaves the others', () => {
    expect(tlsFault('packets', 'https://h', error('ECONNREFUSED'))).toBeUndefined();
  });
});
