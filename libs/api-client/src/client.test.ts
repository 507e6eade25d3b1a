import { type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { VisorClient } from './client.js';
import { ApiError } from './errors.js';
import { TestServer } from './testing/server.js';

const servers: TestServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function serve(answer: RequestListener): Promise<TestServer> {
  const server = await TestServer.start(answer);
  servers.push(server);
  return server;
}

const never = new AbortController().signal;

async function packets(client: VisorClient, query = {}, signal = never): Promise<string[]> {
  const rows: string[] = [];
  for await (const part of client.packets(query, signal)) rows.push(...part);
  return rows;
}

const jsonl: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end('{"a":1}\n{"a":2}\n');
};

function problem(status: number, body: object | string): RequestListener {
  return (_, response) => {
    const type = typeof body === 'string' ? 'text/plain' : 'application/problem+json';
    response.writeHead(status, { 'content-type': type });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

describe('packets', () => {
  it('gives the rows as the hub sends them', async () => {
    const server = await serve(jsonl);
    expect(await packets(new VisorClient({ host: server.url }))).toEqual(['{"a":1}', '{"a":2}']);
  });

  it.each([
    ['jsonl', 'application/x-ndjson; charset=utf-8'],
    ['csv', 'text/csv; charset=utf-8; header=present'],
    ['arrow', 'application/vnd.apache.arrow.stream'],
  ] as const)('gives the bytes of rows as they come (%s)', async (form, type) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': type }).end(bytes);
    });
    const client = new VisorClient({ host: server.url });
    const chunks: Uint8Array[] = [];
    for await (const chunk of client.rowBytes('traces', form, { all: 'true' }, never)) chunks.push(chunk);
    expect(Uint8Array.from(Buffer.concat(chunks))).toEqual(bytes);
    expect(server.requests[0]?.url).toBe(`/api/v1/traces?all=true&format=${form}`);
  });

  it('says so where the bytes of rows broke off', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/csv', 'content-length': '10' }).write('a');
      setImmediate(() => response.destroy());
    });
    const client = new VisorClient({ host: server.url });
    const read = async (): Promise<void> => {
      for await (const _ of client.rowBytes('packets', 'csv', {}, never));
    };
    await expect(read()).rejects.toMatchObject({ name: 'ApiError', code: 'interrupted' });
  });

  it('knows a server without TLS that is asked with it', async () => {
    const server = await serve(jsonl);
    const host = server.url.replace('http:', 'https:');
    await expect(packets(new VisorClient({ host }))).rejects.toMatchObject({
      code: 'no_tls',
      message: `${host} speaks no TLS`,
    });
  });

  it.each([undefined, { ca: '' }])('knows a server with TLS that is asked without (%j)', async (tls) => {
    const server = createTlsServer({});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new VisorClient({ host, ...(tls && { tls }) });
    await expect(packets(client)).rejects.toMatchObject({
      code: 'closed',
      message: `${host} closed the connection without an answer`,
    });
    await new Promise((resolve) => server.close(resolve));
  });

  it('gives losses in the same way', async () => {
    const server = await serve(jsonl);
    const rows: string[] = [];
    for await (const part of new VisorClient({ host: server.url }).losses({ cause: 'overrun' }, never)) {
      rows.push(...part);
    }
    expect(rows).toEqual(['{"a":1}', '{"a":2}']);
    expect(server.requests[0]?.url).toBe('/api/v1/losses?cause=overrun&format=jsonl');
  });

  it('gives groups, series, hints, a packet, and what the language says of a text', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end('{"count":2}');
    });
    const client = new VisorClient({ host: server.url });
    expect(await client.aggregate({ by: 'ip_src,dport', limit: '5' }, never)).toEqual({ count: 2 });
    await client.series({ by: 'fate' }, never);
    await client.hints({ field: 'iif' }, never);
    await client.packet('123', { since: '1d' }, never);
    await client.complete('dport == ', 9, never);
    await client.validate('dport == 1', never);
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /api/v1/aggregate?by=ip_src%2Cdport&limit=5',
      'GET /api/v1/series?by=fate',
      'GET /api/v1/hints?field=iif',
      'GET /api/v1/packets/123?since=1d',
      'GET /api/v1/query/complete?text=dport%20%3D%3D%20&cursor=9',
      'POST /api/v1/query/validate',
    ]);
  });

  it('gives all agents, however many pages they are', async () => {
    const names = Array.from({ length: 2000 }, (_, i) => `gw${String(i).padStart(4, '0')}`);
    const server = await serve(({ url }, response) => {
      const cursor = new URL(url ?? '', 'http://hub').searchParams.get('cursor') ?? '';
      const page = names.filter((name) => name > cursor).slice(0, 1000);
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.end(page.map((name) => `${JSON.stringify({ agent_id: name })}\n`).join(''));
    });
    const agents = await new VisorClient({ host: server.url }).agents(never);
    expect(agents).toEqual(names.map((name) => JSON.stringify({ agent_id: name })));
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/api/v1/agents?format=jsonl&limit=1000',
      '/api/v1/agents?format=jsonl&limit=1000&cursor=gw0999',
      '/api/v1/agents?format=jsonl&limit=1000&cursor=gw1999',
    ]);
  });

  it.each(['{"agent_id":"gw1"}', '{}', 'gw1'])(
    'does not ask for the same page for ever (%s)',
    async (agent) => {
      const server = await serve((_, response) => {
        response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(`${agent}\n`.repeat(1000));
      });
      await expect(new VisorClient({ host: server.url }).agents(never)).rejects.toMatchObject({
        op: 'agents',
        code: 'protocol',
      });
    },
  );

  it('says so where a document is no JSON', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"count":');
    });
    const client = new VisorClient({ host: server.url });
    await expect(client.series({}, never)).rejects.toMatchObject({
      name: 'ApiError',
      op: 'series',
      code: 'protocol',
    });
  });

  it('gives versions of tables, one of them, and the difference of two', async () => {
    const server = await serve((request, response) => {
      if (request.url?.endsWith('jsonl')) return jsonl(request, response);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"text":"é"}');
    });
    const client = new VisorClient({ host: server.url });
    const rows: string[] = [];
    for await (const part of client.rulesets({ at: '15m' }, never)) rows.push(...part);
    expect(rows).toEqual(['{"a":1}', '{"a":2}']);
    expect(await client.ruleset('a/b', { netns: '' }, never)).toBe('{"text":"é"}');
    expect(await client.rulesetDiff({ from: 'aa', to: 'bb' }, never)).toBe('{"text":"é"}');
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/api/v1/rulesets?at=15m&format=jsonl',
      '/api/v1/rulesets/a%2Fb?netns=',
      '/api/v1/rulesets/diff?from=aa&to=bb',
    ]);
  });

  it('gives alerts, rules, tests and silences, and ends a silence', async () => {
    const bodies: string[] = [];
    const server = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
      if (request.method === 'DELETE') return response.writeHead(204).end();
      if (request.url?.endsWith('jsonl')) return jsonl(request, response);
      const status = request.method === 'POST' ? 201 : 200;
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"rows":[]}');
    });
    const client = new VisorClient({ host: server.url });
    const rows: string[] = [];
    for await (const part of client.alerts({ state: 'firing' }, never)) rows.push(...part);
    expect(rows).toEqual(['{"a":1}', '{"a":2}']);
    expect(await client.alert('a:1', never)).toBe('{"rows":[]}');
    expect(await client.alertRules(never)).toBe('{"rows":[]}');
    await client.testAlertRule({ rule: 'port-scan' }, never);
    expect(await client.silences(never)).toEqual([]);
    await client.silence({ match: ['rule=x'], for: '2h' }, never);
    await client.endSilence('ab', never);
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /api/v1/alerts?state=firing&format=jsonl',
      'GET /api/v1/alerts/a%3A1',
      'GET /api/v1/alerts/rules',
      'POST /api/v1/alerts/test',
      'GET /api/v1/alerts/silences',
      'POST /api/v1/alerts/silences',
      'DELETE /api/v1/alerts/silences/ab',
    ]);
    expect(bodies).toEqual(['{"rule":"port-scan"}', '{"match":["rule=x"],"for":"2h"}']);
  });

  it('asks with every parameter, repeated ones too, and the token', async () => {
    const server = await serve(jsonl);
    const client = new VisorClient({ host: `${server.url}/`, token: 'secret' });
    await packets(client, { dport: ['80', '!443'], chain: 'a,b & c', netns: '', last: '5' });
    const [request] = server.requests;
    expect(request?.url).toBe(
      '/api/v1/packets?dport=80&dport=!443&chain=a%2Cb%20%26%20c&netns=&last=5&format=jsonl',
    );
    expect(request?.headers).toMatchObject({ authorization: 'Bearer secret' });
    expect(request?.headers.accept).toContain('application/x-ndjson');
  });

  it('takes a host without a scheme', async () => {
    const server = await serve(jsonl);
    expect(new VisorClient({ host: `127.0.0.1:${server.port}` }).host).toBe(server.url);
  });

  it.each([
    [
      400,
      'refused',
      { detail: 'dport: "x" is not a number.', field: 'dport' },
      'dport: "x" is not a number.',
    ],
    [401, 'unauthorized', { title: 'Unauthorized' }, 'Unauthorized'],
    [403, 'forbidden', { title: 'Forbidden', detail: 'role admin is needed' }, 'role admin is needed'],
    [404, 'not_found', 'gone', 'answers with status 404'],
    [500, 'server', {}, 'answers with status 500'],
    [503, 'server', '', 'answers with status 503'],
  ])('an answer %i is an error %s that tells the detail', async (status, code, body, message) => {
    const server = await serve(problem(status, body));
    const error: unknown = await packets(new VisorClient({ host: server.url })).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ op: 'packets', code, status });
    expect((error as ApiError).message).toContain(message);
  });

  it('keeps the field at fault', async () => {
    const server = await serve(problem(400, { detail: 'no', field: 'ip_src', status: 400 }));
    await expect(packets(new VisorClient({ host: server.url }))).rejects.toMatchObject({
      problem: { detail: 'no', field: 'ip_src', status: 400 },
    });
  });

  it('says who cannot be reached and why', async () => {
    const server = await serve(jsonl);
    await server.stop();
    const error: unknown = await packets(new VisorClient({ host: server.url })).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({
      code: 'unreachable',
      message: `cannot reach ${server.url}: connection refused`,
    });
    expect((error as ApiError).cause).toBeInstanceOf(Error);
  });

  it('tells a page from rows', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>');
    });
    await expect(packets(new VisorClient({ host: server.url }))).rejects.toMatchObject({
      code: 'protocol',
      message: `${server.url} answers with text/html`,
    });
  });

  it('tells an answer that broke off from one that ended', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write('{"a":1}\n', () => response.destroy());
    });
    await expect(packets(new VisorClient({ host: server.url }))).rejects.toMatchObject({
      code: 'interrupted',
    });
  });

  it('ends quietly on the signal, before and while it reads', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write('{"a":1}\n');
    });
    const client = new VisorClient({ host: server.url });
    expect(await packets(client, {}, AbortSignal.abort())).toEqual([]);
    const controller = new AbortController();
    const rows: string[] = [];
    for await (const part of client.packets({}, controller.signal)) {
      rows.push(...part);
      controller.abort();
    }
    expect(rows).toEqual(['{"a":1}']);
  });

  it.each(['http://', 'ftp://h', 'h:99999', 'http://user:pw@h', ''])('refuses host %j', (host) => {
    expect(() => new VisorClient({ host })).toThrow('is not a URL such as http://127.0.0.1:9650');
  });

  it.each(['', 'a b', 'x\n', 'ü'])('refuses token %j without showing it', (token) => {
    expect(() => new VisorClient({ host: 'h', token })).toThrow(
      'the token is empty or has a space, a newline or a non-ASCII character',
    );
  });
});
