import { mkdtempSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Role, tokenLine } from './token-lines.js';
import { digestOf, newToken } from './token.js';
import { maxFailures } from './rate-limits.js';
import { type Answer, type Asked, askHub } from '../testing/ask.js';
import { counted, startTestHub, type TestHub } from '../testing/hub.js';

const [reader, admin] = [newToken(), newToken()];
const lineOf = (name: string, role: Role, token: string): string =>
  `${tokenLine(name, role, digestOf(token))}\n`;
const always = lineOf('cron', 'read', reader) + lineOf('ops', 'admin', admin);

let dir: string;
let file: string;
let hub: TestHub;

/** As editors and configuration management do it: a new file in the place of the old one. */
function replace(content: string): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'visor-gate-'));
  file = join(dir, 'tokens');
  writeFileSync(file, always);
  hub = await startTestHub({
    tokensFile: file,
    reloadIntervalMs: 20,
    corsOrigins: ['https://page.example'],
    trustedProxies: ['127.0.0.1'],
    maxUrl: 2048,
    maxBody: 1024,
  });
}, 60_000);

afterAll(async () => {
  await hub.destroy();
  rmSync(dir, { recursive: true, force: true });
});

const ask = (path: string, asked?: Asked): Promise<Answer> => askHub(`${hub.url}${path}`, asked);
const statusOf = async (path: string, asked?: Asked): Promise<number> => (await ask(path, asked)).status;
/** What the log got from here on. */
const logFrom = (): (() => string[]) => {
  const from = hub.log.lines.length;
  return () => hub.log.lines.slice(from);
};

describe('logins', () => {
  it.each(['/healthz', '/readyz', '/openapi.json', '/docs', '/docs/swagger-ui.css'])(
    '%s takes none',
    async (path) => {
      expect(await statusOf(path)).toBe(200);
    },
  );

  it.each([
    '/api/v1/packets',
    '/api/v1/agents',
    '/metrics',
    '/api/v1/stream',
    '/api/v1/nothing',
    '/',
    '/docs/../api/v1/packets',
  ])('%s takes one, which a stranger is told', async (path) => {
    const { status, headers, problem } = await ask(path);
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="visor"']);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: 'the hub asks for a token as "Authorization: Bearer …"',
    });
  });

  it.each(['/api/v1/packets', '/metrics'])('%s is there for who has one', async (path) => {
    expect(await statusOf(path, { token: reader })).toBe(200);
    expect(await statusOf(path, { headers: { authorization: `bearer   ${admin}` } })).toBe(200);
  });

  it.each([
    ['a token of nobody', `Bearer ${newToken()}`, 'invalid_token'],
    ['a name', 'Bearer cron', 'invalid_token'],
    ['a part of a token', `Bearer ${reader.slice(0, 20)}`, 'invalid_token'],
    ['another scheme', `Basic ${Buffer.from(`cron:${reader}`).toString('base64')}`, 'invalid_request'],
    ['two words', `Bearer ${reader} ${admin}`, 'invalid_request'],
    ['nothing', 'Bearer ', 'invalid_request'],
  ])('%s is refused, and not shown', async (_name, authorization, error) => {
    const said = logFrom();
    const { status, headers, body } = await ask('/api/v1/packets', { headers: { authorization } });
    expect([status, headers['www-authenticate']]).toEqual([401, `Bearer realm="visor", error="${error}"`]);
    expect(body + said().join()).not.toMatch(/visor_[^*]|cron/);
  });

  it('takes no token in the URL, and keeps it out of the log', async () => {
    const said = logFrom();
    expect(await statusOf(`/api/v1/packets?access_token=${reader}`)).toBe(401);
    await ask(`/api/v1/packets?chain=${reader}&Token=hush&api_key=hush2`, { token: reader });
    await hub.log.next(/"query":"chain=visor_\*\*\*&Token=\*\*\*&api_key=\*\*\*"/);
    expect(said().join()).not.toMatch(new RegExp(`${reader}|hush`));
  });

  it('what changes something takes the role admin, on paths of tomorrow too', async () => {
    const put = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' };
    const { status, headers, problem } = await ask('/api/v1/alerts/silence', { ...put, token: reader });
    expect([status, problem.detail]).toEqual([403, 'this takes the role admin, and cron has the role read']);
    expect(headers['www-authenticate']).toBe(
      'Bearer realm="visor", error="insufficient_scope", scope="admin"',
    );
    expect(await statusOf('/api/v1/alerts/silence', { ...put, token: admin })).toBe(404);
  });

  it('tells strangers whether it is ready, and why not only those with a login', async () => {
    replace('nobody');
    await hub.log.next(/the tokens of before stay in force/);
    const told = async (asked?: Asked) => JSON.parse((await ask('/readyz', asked)).body) as object;
    const words = { status: 'ok', nats: 'ok', clickhouse: 'ok' };
    expect(await told()).toEqual({ ...words, tokens: 'unavailable' });
    expect(await told({ token: reader })).toEqual({
      ...words,
      tokens: 'cannot be used: line 1: it takes NAME ROLE sha256:HASH, or NAME ROLE cn:COMMON-NAME',
    });
    replace(always);
    await hub.log.next(/was read again, 2 may log in/);
    expect(await told({ token: reader })).toEqual({ ...words, tokens: 'ok' });
  });
});

describe('rotation', () => {
  it('changes tokens under load without a failed request of a valid one', async () => {
    const failed: number[] = [];
    let asked = 0;
    let stop = false;
    const load = Array.from({ length: 4 }, async () => {
      while (!stop) {
        const status = await statusOf('/api/v1/agents', { token: asked++ % 2 === 0 ? reader : admin });
        if (status !== 200) failed.push(status);
      }
    });
    let old = newToken();
    for (let round = 0; round < 5; round++) {
      const next = newToken();
      replace(always + lineOf('web', 'read', old) + lineOf('web', 'read', next));
      await expect.poll(() => statusOf('/metrics', { token: next }), { timeout: 20_000 }).toBe(200);
      expect(await statusOf('/metrics', { token: old })).toBe(200);
      replace(always + lineOf('web', 'read', next));
      await expect.poll(() => statusOf('/metrics', { token: old }), { timeout: 20_000 }).toBe(401);
      expect(await statusOf('/metrics', { token: next })).toBe(200);
      old = next;
    }
    stop = true;
    await Promise.all(load);
    expect(failed).toEqual([]);
    expect(asked).toBeGreaterThan(50);
  }, 60_000);

  it.each<[string, () => void, RegExp]>([
    ['is gone', () => unlinkSync(file), /cannot be read \(ENOENT.*stay in force/],
    ['is empty', () => truncateSync(file, 0), /it has no line, so that nobody could log in.*stay in force/],
    ['is broken', () => replace(`${always}x`), /line 3: it takes NAME.*stay in force/],
  ])('a file that %s leaves the tokens of before', async (_name, harm, sentence) => {
    const said = logFrom();
    harm();
    await expect.poll(() => said().join('\n'), { timeout: 20_000 }).toMatch(sentence);
    expect(await statusOf('/metrics', { token: reader })).toBe(200);
    replace(always);
    await expect.poll(() => said().join('\n'), { timeout: 20_000 }).toMatch(/was read again, 2 may log in/);
  });
});

describe('the audit log', () => {
  const entryOf = async (pattern: RegExp): Promise<Record<string, unknown>> => {
    const line = await hub.log.next(pattern);
    expect(line).toMatch(/^audit \{[\x20-\x7e]*\}$/);
    return JSON.parse(line.slice('audit '.length)) as Record<string, unknown>;
  };

  it('tells who asked what, and how it ended', async () => {
    await ask('/api/v1/packets?dport=4711&since=1h', { token: reader });
    const entry = await entryOf(/4711/);
    expect(entry).toEqual({
      who: 'cron',
      by: 'token',
      address: '127.0.0.1',
      method: 'GET',
      path: '/api/v1/packets',
      query: 'dport=4711&since=1h',
      status: 200,
      bytes: expect.any(Number) as number,
      ms: expect.any(Number) as number,
    });
    expect(entry['bytes']).toBeGreaterThan(20);
  });

  it('tells of who was refused, from where as a trusted proxy says', async () => {
    await ask('/api/v1/packets?dport=4712', { headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(await entryOf(/4712/)).toMatchObject({ address: '203.0.113.9', status: 401 });
  });

  it('cannot be made to look like other lines, or to act on a terminal', async () => {
    const evil = encodeURIComponent('4713\n2026 audit {"who":"ops"}\x1b[2J\u202e\u2028');
    await ask(`/api/v1/packets?dport=${evil}`, { token: reader });
    await entryOf(/4713/);
    // A raw byte, which no client but a hostile one sends.
    const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
    socket.write(
      Buffer.from(
        'GET /api/v1/4714\xff\x9b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
        'latin1',
      ),
    );
    await text(socket);
    expect(hub.log.lines.filter((line) => /[^\x20-\x7e…]/.test(line) && line.startsWith('audit'))).toEqual(
      [],
    );
  });

  it('tells of a live stream when it begins, and when it ends', async () => {
    const stop = new AbortController();
    const stream = await fetch(`${hub.url}/api/v1/stream?dport=4715`, {
      headers: { authorization: `Bearer ${reader}` },
      signal: stop.signal,
    });
    expect(stream.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await entryOf(/opened.*4715/)).toMatchObject({ who: 'cron', event: 'opened' });
    stop.abort();
    expect(await entryOf(/4715.*broken_off/)).toMatchObject({
      who: 'cron',
      address: '127.0.0.1',
      status: 200,
    });
  });

  it('has nothing of what is open to everybody', async () => {
    const said = logFrom();
    for (const path of ['/healthz', '/docs', '/openapi.json']) await ask(path);
    await ask('/api/v1/agents?mark=1', { token: reader });
    await hub.log.next(/mark=1/);
    expect(said()).toHaveLength(1);
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
    const stream = await fetch(`${hub.url}/api/v1/stream`, {
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
    const { status, problem } = await ask('/api/v1/packets', {
      method: 'POST',
      token: admin,
      headers: json,
      body,
    });
    expect([status, problem.detail]).toEqual([413, expect.stringMatching(/^Request body is too large/)]);
  });

  it.each([
    ['what is no HTTP', 'hello\r\n\r\n', 400],
    ['a path that is none', 'GET /api/v1/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
  ])('%s', async (_name, bytes, status) => {
    const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
    socket.write(bytes);
    const answer = await text(socket);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
    expect(answer).toMatch(/x-content-type-options: nosniff/i);
  });
});

it('who tries tokens again and again is made to wait, and who has one is not', async () => {
  const from = { 'x-forwarded-for': '203.0.113.77' };
  const said = logFrom();
  for (let tries = 0; tries < maxFailures; tries++) {
    expect(await statusOf('/metrics', { token: newToken(), headers: from })).toBe(401);
  }
  for (let tries = 0; tries < 5; tries++) {
    const { status, headers } = await ask('/metrics', { token: newToken(), headers: from });
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  }
  expect(await statusOf('/metrics', { token: reader, headers: from })).toBe(200);
  await counted(hub, 'http_refused', 5, '429');
  expect(said().filter((line) => line.includes('too many requests'))).toHaveLength(1);
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
