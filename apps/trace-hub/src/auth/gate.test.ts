import { describe, expect, it } from 'vitest';
import { newToken } from './token.js';
import { maxFailures } from './rate-limits.js';
import { type Asked } from '../testing/ask.js';
import { counted } from '../testing/hub.js';
import { loginHub } from '../testing/login-hub.js';

const login = loginHub();
const { admin, reader, ask, logFrom, replace, statusOf } = login;

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
    await login.hub.log.next(/"query":"chain=visor_\*\*\*&Token=\*\*\*&api_key=\*\*\*"/);
    expect(said().join()).not.toMatch(new RegExp(`${reader}|hush`));
  });

  it('what changes something takes the role admin, on paths of tomorrow too', async () => {
    const put = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' };
    const { status, headers, problem } = await ask('/api/v1/tomorrow', { ...put, token: reader });
    expect([status, problem.detail]).toEqual([
      403,
      'this takes the role admin, and cron has the role read; use a login with that role',
    ]);
    expect(headers['www-authenticate']).toBe(
      'Bearer realm="visor", error="insufficient_scope", scope="admin"',
    );
    expect(await statusOf('/api/v1/tomorrow', { ...put, token: admin })).toBe(404);
  });

  it('tells strangers whether it is ready, and why not only those with a login', async () => {
    replace('nobody');
    await login.hub.log.next(/the tokens of before stay in force/);
    const told = async (asked?: Asked) => JSON.parse((await ask('/readyz', asked)).body) as object;
    const words = { status: 'ok', nats: 'ok', clickhouse: 'ok' };
    const away = { status: 'unavailable', since: expect.any(String) as string };
    expect(await told()).toMatchObject({ ...words, tokens: 'unavailable', parts: { tokens: away } });
    const reason = 'cannot be used: line 1: it takes NAME ROLE sha256:HASH, or NAME ROLE cn:COMMON-NAME';
    expect(await told({ token: reader })).toMatchObject({ tokens: reason, parts: { tokens: { reason } } });
    for (const path of ['/healthz', '/readyz']) expect((await ask(path)).body).not.toContain('line 1');
    replace(login.lines);
    await login.hub.log.next(/was read again, 2 may log in/);
    expect(await told({ token: reader })).toMatchObject({ ...words, tokens: 'ok' });
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
  await counted(login.hub, 'http_refused', 5, '429');
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
