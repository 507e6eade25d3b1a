import { type RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { VisorClient } from './client.js';
import { ApiError } from './errors.js';
import { jsonl, packets } from './testing/rows.js';
import { testServers } from './testing/server.js';

const serve = testServers();

function problem(status: number, body: object | string): RequestListener {
  return (_, response) => {
    const type = typeof body === 'string' ? 'text/plain' : 'application/problem+json';
    response.writeHead(status, { 'content-type': type });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

describe('what cannot be asked, or answered', () => {
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
