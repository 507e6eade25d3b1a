import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { type Answer, type Asked } from '../testing/ask.js';
import { loginHub } from '../testing/login-hub.js';

const login = loginHub();
const { admin, reader, ask, statusOf } = login;
describe('the OpenAPI document', () => {
  it('is sent again only where it is another one', async () => {
    const { status, headers, body } = await ask('/openapi.json');
    const etag = headers.etag ?? '';
    expect([status, headers['cache-control'], etag]).toEqual([
      200,
      'no-cache',
      expect.stringMatching(/^"[\w-]{43}"$/),
    ]);
    expect(JSON.parse(body)).toHaveProperty('openapi');
    for (const kept of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask('/openapi.json', { headers: { 'if-none-match': kept } });
      expect([again.status, again.body, again.headers.etag]).toEqual([304, '', etag]);
    }
    expect(await statusOf('/openapi.json', { headers: { 'if-none-match': '"other"' } })).toBe(200);
  });

  it('is made into text once', async () => {
    const stringify = vi.spyOn(JSON, 'stringify');
    await ask('/openapi.json');
    expect(stringify.mock.calls.filter(([value]) => value === login.hub.openApi)).toEqual([]);
    stringify.mockRestore();
  });
});

describe('a request', () => {
  const entryOf = async (pattern: RegExp): Promise<unknown> =>
    JSON.parse((await login.hub.log.next(pattern)).slice('audit '.length));

  it('has an id in its answer and in the audit log: the one that a proxy gave it, or a new one', async () => {
    const headers = { 'x-request-id': 'proxy-17' };
    const given = await ask('/api/v1/packets?dport=4721', { token: reader, headers });
    expect(given.headers['x-request-id']).toBe('proxy-17');
    expect(await entryOf(/dport=4721/)).toMatchObject({ request_id: 'proxy-17' });
    const refused = await ask('/api/v1/packets?dport=4722', { headers: { 'x-request-id': 'a b' } });
    const made = refused.headers['x-request-id'];
    expect(made).toMatch(/^[0-9a-f]{16}$/);
    expect(await entryOf(/dport=4722/)).toMatchObject({ request_id: made, status: 401 });
  });
});

describe('browsers', () => {
  it('get headers that let nothing in from elsewhere', async () => {
    for (const path of ['/docs', '/api/v1/packets', '/healthz']) {
      const { headers } = await ask(path);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('of another origin are refused, but where its pages are named', async () => {
    const from = (origin: string): Asked => ({
      token: reader,
      headers: { origin, 'sec-fetch-site': 'cross-site' },
    });
    const refused = await ask('/api/v1/packets', from('https://evil.example'));
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    const allowed = await ask('/api/v1/packets', from('https://page.example'));
    expect([allowed.status, allowed.headers['access-control-allow-origin']]).toEqual([
      200,
      'https://page.example',
    ]);
    const asks = {
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    };
    const preflight = (origin: string): Promise<Answer> =>
      ask('/api/v1/packets', { method: 'OPTIONS', headers: { origin, ...asks } });
    const granted = await preflight('https://page.example');
    expect(granted.status).toBe(204);
    expect(granted.headers['access-control-allow-headers']).toContain('authorization');
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('a page that may read the live stream gets its headers there too', async () => {
    const stop = new AbortController();
    const stream = await fetch(`${login.hub.url}/api/v1/stream`, {
      headers: { authorization: `Bearer ${reader}`, origin: 'https://page.example' },
      signal: stop.signal,
    });
    expect(stream.headers.get('access-control-allow-origin')).toBe('https://page.example');
    stop.abort();
  });
});

describe('what is too large', () => {
  it('an URL', async () => {
    const { status, problem } = await ask(`/api/v1/packets?chain=${'x'.repeat(3000)}`, { token: reader });
    expect(status).toBe(414);
    expect(problem.detail).toMatch(/^the URL has \d+ bytes, and 2048 are taken \(server\.max-url\)/);
  });

  it('headers', async () => {
    const { status, problem } = await ask('/healthz', { headers: { 'x-long': 'x'.repeat(20_000) } });
    expect([status, problem.status]).toEqual([431, 431]);
  });

  it('a body', async () => {
    const json = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query: 'x'.repeat(2000) });
    const { status, problem } = await ask('/api/v1/query/validate', {
      method: 'POST',
      token: admin,
      headers: json,
      body,
    });
    const detail = 'the body has more than 1KiB (server.max-body); send less, or raise it';
    expect([status, problem.detail]).toEqual([413, detail]);
  });

  it('a part of the path', async () => {
    const { status, problem } = await ask(`/api/v1/packets/${'1'.repeat(1025)}`, { token: reader });
    const detail = 'a part of the path has more than 1024 characters; no name in it is so long';
    expect([status, problem.detail]).toEqual([414, detail]);
  });
});

describe('what is no request as it should be is answered with a problem too:', () => {
  it('a body of another type', async () => {
    const { status, problem } = await ask('/api/v1/query/validate', {
      method: 'POST',
      token: reader,
      headers: { 'content-type': 'text/weird' },
      body: 'x',
    });
    const detail = "the body's Content-Type is not known; send application/json";
    expect([status, problem.detail]).toEqual([415, detail]);
  });

  const host = 'Host: localhost\r\n';
  const end = 'Connection: close\r\n\r\n';
  it.each([
    ['what is no HTTP', 'hello\r\n\r\n', 400, 'this is not an HTTP request'],
    ['a path that is none', `GET /api/v1/%zz HTTP/1.1\r\n${host}${end}`, 400, 'the path is not a legal'],
    [
      'bytes that are no URL',
      `GET /?chain=ü HTTP/1.1\r\n${host}${end}`,
      400,
      'in percent encoding: ü as %C3%BC',
    ],
    ['a URL with spaces', `GET /?chain=a b HTTP/1.1\r\n${host}${end}`, 400, 'in percent encoding: %20'],
    ['no Host', `GET /api/v1/packets HTTP/1.1\r\n${end}`, 400, 'the header Host is missing; send it'],
    ['no Host of health', `GET /healthz HTTP/1.1\r\n${end}`, 400, 'the header Host is missing; send it'],
    [
      'two Hosts',
      `GET /healthz HTTP/1.1\r\n${host}${host}${end}`,
      400,
      'Host is there 2 times; send it once',
    ],
    [
      'an expectation',
      `GET /healthz HTTP/1.1\r\n${host}Expect: tea\r\n${end}`,
      417,
      'Expect asks for \\"tea\\"; leave it out',
    ],
    ['a proxy', `CONNECT x.example:1 HTTP/1.1\r\n${host}\r\n`, 405, 'the hub is no proxy'],
  ])('%s', async (_name, bytes, status, detail) => {
    const socket = connect(Number(new URL(login.hub.url).port), '127.0.0.1');
    socket.write(bytes);
    const answer = await text(socket);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
    expect(answer).toMatch(/x-content-type-options: nosniff/i);
    expect(answer).toContain(detail);
  });

  it('but HTTP/1.0 has no Host', async () => {
    const socket = connect(Number(new URL(login.hub.url).port), '127.0.0.1');
    socket.write('GET /healthz HTTP/1.0\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 /);
  });

  it('a path that is none, by the id of the request', async () => {
    const { status, headers } = await ask('/api/v1/%zz', { headers: { 'x-request-id': 'proxy-18' } });
    expect([status, headers['x-request-id']]).toEqual([400, 'proxy-18']);
  });
});

describe('the page of the API', () => {
  it('has all it needs from the hub, and nothing that the policy forbids', async () => {
    const { body, headers } = await ask('/docs');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body).not.toMatch(/https?:|\/\/[a-z]|<style|\son[a-z]+=|style=|<script(?![^>]* src=)/);
    const parts = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part);
    expect(parts).toHaveLength(5);
    const types: Record<string, string | undefined> = {};
    for (const part of parts) {
      const answer = await ask(`/${part}`);
      expect(answer.status).toBe(200);
      types[part] = answer.headers['content-type'];
    }
    expect(types).toEqual({
      'docs/favicon-32x32.png': 'image/png',
      'docs/swagger-ui.css': 'text/css; charset=utf-8',
      'docs/swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
      'docs/start.js': 'text/javascript; charset=utf-8',
      'openapi.json': 'application/json; charset=utf-8',
    });
  });

  it('serves no other file', async () => {
    for (const file of ['index.html', '..%2Fpackage.json', 'constructor', 'package.json']) {
      expect(await statusOf(`/docs/${file}`)).toBe(404);
    }
  });

  it('asks for a token where one is needed: its button comes from the document', async () => {
    const { components, paths } = JSON.parse((await ask('/openapi.json')).body) as {
      components: { securitySchemes: object };
      paths: Record<string, { get: { security?: object[]; responses: object } }>;
    };
    expect(components.securitySchemes).toMatchObject({ token: { type: 'http', scheme: 'bearer' } });
    expect(paths['/api/v1/packets']?.get.security).toEqual([{ token: [] }, {}]);
    expect(Object.keys(paths['/api/v1/packets']?.get.responses ?? {})).toEqual(
      expect.arrayContaining(['401', '403', '429']),
    );
    expect(paths['/healthz']?.get.security).toBeUndefined();
  });
});
