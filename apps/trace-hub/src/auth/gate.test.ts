import { chmodSync, mkdtempSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  it('a method that a path does not have takes one too', async () => {
    expect(await statusOf('/api/v1/packets', { method: 'DELETE' })).toBe(401);
    expect(await statusOf('/api/v1/packets', { method: 'DELETE', token: reader })).toBe(405);
    expect(await statusOf('/api/v1/nothing', { method: 'DELETE', token: reader })).toBe(403);
    expect(await statusOf('/api/v1/nothing', { method: 'DELETE', token: admin })).toBe(404);
    // The name of a packet is missing: that is no path.
    expect(await statusOf('/api/v1/packets/', { method: 'DELETE', token: admin })).toBe(404);
  });

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
    const { status, headers, problem } = await ask('/api/v1/tomorrow', { ...put, token: reader });
    expect([status, problem.detail]).toEqual([403, 'this takes the role admin, and cron has the role read']);
    expect(headers['www-authenticate']).toBe(
      'Bearer realm="visor", error="insufficient_scope", scope="admin"',
    );
    expect(await statusOf('/api/v1/tomorrow', { ...put, token: admin })).toBe(404);
  });

  it('tells strangers whether it is ready, and why not only those with a login', async () => {
    replace('nobody');
    await hub.log.next(/the tokens of before stay in force/);
    const told = async (asked?: Asked) => JSON.parse((await ask('/readyz', asked)).body) as object;
    const words = { status: 'ok', nats: 'ok', clickhouse: 'ok' };
    const away = { status: 'unavailable', since: expect.any(String) as string };
    expect(await told()).toMatchObject({ ...words, tokens: 'unavailable', parts: { tokens: away } });
    const reason = 'cannot be used: line 1: it takes NAME ROLE sha256:HASH, or NAME ROLE cn:COMMON-NAME';
    expect(await told({ token: reader })).toMatchObject({ tokens: reason, parts: { tokens: { reason } } });
    for (const path of ['/healthz', '/readyz']) expect((await ask(path)).body).not.toContain('line 1');
    replace(always);
    await hub.log.next(/was read again, 2 may log in/);
    expect(await told({ token: reader })).toMatchObject({ ...words, tokens: 'ok' });
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

  it.each([
    ['is removed', () => always],
    ['has another role', (token: string) => always + lineOf('web', 'admin', token)],
  ])(
    'ends the live stream of a token that %s, and no other',
    async (_name, after) => {
      const removed = newToken();
      const said = logFrom();
      replace(always + lineOf('web', 'read', removed));
      await expect.poll(() => said().join(), { timeout: 20_000 }).toMatch(/3 may log in/);
      const open = async (token: string): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
        const { body } = await fetch(`${hub.url}/api/v1/stream`, {
          headers: { authorization: `Bearer ${token}` },
        });
        return (body as ReadableStream<Uint8Array>).getReader();
      };
      const [ended, kept] = [await open(removed), await open(reader)];
      await Promise.all([ended.read(), kept.read()]);
      replace(after(removed));
      await expect(
        (async () => {
          while (!(await ended.read()).done);
        })(),
      ).rejects.toThrow();
      expect(await Promise.race([kept.closed.then(() => 'closed', String), statusOf('/healthz')])).toBe(200);
      await kept.cancel();
      const again = logFrom();
      replace(`${always}# as before\n`);
      await expect.poll(() => again().join(), { timeout: 20_000 }).toMatch(/2 may log in/);
    },
    60_000,
  );

  it.each<[string, () => void, RegExp]>([
    [
      'is gone',
      () => unlinkSync(file),
      /tokens" cannot be read \(there is no such file\); the tokens of before stay in force/,
    ],
    ['is empty', () => truncateSync(file, 0), /it has no line, so that nobody could log in.*stay in force/],
    ['is broken', () => replace(`${always}x`), /line 3: it takes NAME.*stay in force/],
    ['anybody may write', () => chmodSync(file, 0o666), /it may be written by everybody; chmod o-w it.*stay/],
  ])('a file that %s leaves the tokens of before', async (_name, harm, sentence) => {
    const said = logFrom();
    harm();
    await expect.poll(() => said().join('\n'), { timeout: 20_000 }).toMatch(sentence);
    expect(await statusOf('/metrics', { token: reader })).toBe(200);
    replace(always);
    await expect.poll(() => said().join('\n'), { timeout: 20_000 }).toMatch(/was read again, 2 may log in/);
  });
});

it('who tries tokens again and again is made to wait, and who has one is not', async () => {
  const from = { 'x-forwarded-for': '203.0.113.77' };
  const said = logFrom();
  for (let tries = 0; tries < maxFailures; tries++) {
    expect(await statusOf('/metrics', { token: newToken(), headers: from })).toBe(401);
  }
  for (let tries = 0; tries < 5; tries++) {
    const { status, headers, problem } = await ask('/metrics', { token: newToken(), headers: from });
    expect(status).toBe(429);
    expect(problem.detail).toMatch(
      /^more than 60 requests of this address were refused in a minute: wrong logins/,
    );
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  }
  expect(await statusOf('/metrics', { token: reader, headers: from })).toBe(200);
  await counted(hub, 'http_refused', 5, '429');
  expect(said().filter((line) => line.includes('too many requests'))).toHaveLength(1);
});

it.each<[string, number, string, Asked]>([
  ['a foreign page', 403, '/metrics', { headers: { origin: 'https://evil.example' } }],
  ['too long a URL', 414, `/metrics?${'x'.repeat(4000)}`, {}],
])('who comes again and again with %s does not fill the log', async (_name, status, target, asked) => {
  const headers = { ...asked.headers, 'x-forwarded-for': `198.51.100.${status - 300}` };
  const said = logFrom();
  for (let tries = 0; tries < maxFailures + 5; tries++) {
    expect(await statusOf(target, { headers })).toBe(tries < maxFailures ? status : 429);
  }
  expect(said().filter((line) => line.startsWith('audit')).length).toBeLessThanOrEqual(maxFailures + 1);
});
