import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Asked, askHub } from '../testing/ask.js';
import { counted, startTestHub, type TestHub } from '../testing/hub.js';

/** Requests a minute, and connections at a time, of the hub that is tested. */
const [most, connections] = [40, 12];
let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub({
    rateLimit: most,
    maxConnections: connections,
    headerTimeoutMs: 600,
    requestTimeoutMs: 1500,
    idleTimeoutMs: 4000,
    serverNames: ['visor.example'],
    trustedProxies: ['127.0.0.1'],
  });
}, 60_000);
afterAll(() => hub.destroy());

const ask = (path: string, asked?: Asked): Promise<Answer> => askHub(`${hub.url}${path}`, asked);
const open = async (): Promise<Socket> => {
  const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};

/** @returns all that came before the connection ended, however it did: who goes on sending has it reset */
async function heard(socket: Socket): Promise<string> {
  let said = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  socket.on('error', () => undefined);
  await new Promise((closed) => socket.once('close', closed));
  return said;
}

describe('a hub without logins', () => {
  it('answers who asks for it by address, localhost or a name of its own, token or not', async () => {
    for (const host of ['127.0.0.1', 'localhost:9000', '[::1]:1', 'visor.example']) {
      expect((await ask('/api/v1/agents', { headers: { host } })).status).toBe(200);
    }
    expect((await ask('/api/v1/agents', { token: 'any' })).status).toBe(200);
  });

  it.each(['/api/v1/agents', '/metrics', '/api/v1/stream'])(
    '%s tells nothing to a page that had its name resolved to this host',
    async (path) => {
      const { status, problem } = await ask(path, { headers: { host: 'evil.example:9650' } });
      expect([status, problem.detail]).toEqual([
        421,
        'the Host header names another host than this one; add the name to server.names if the hub is asked by it',
      ]);
    },
  );

  it('is not asked by pages of other origins', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    expect((await ask('/api/v1/packets', { headers })).status).toBe(403);
  });

  it.each<[string, string, string]>([
    ['POST', '/api/v1/packets', 'GET, HEAD'],
    ['DELETE', '/api/v1/packets/1?x=1', 'GET, HEAD'],
    ['PUT', '/api/v1/rulesets/0123456789abcdef', 'GET, HEAD'],
    ['OPTIONS', '/api/v1/packets', 'GET, HEAD'],
    ['GET', '/api/v1/query/validate', 'POST'],
    ['PATCH', '/healthz', 'GET, HEAD'],
    ['POST', '/docs', 'GET, HEAD'],
  ])('tells who asks by %s %s what that path takes', async (method, path, allow) => {
    const { status, headers, problem } = await ask(path, { method });
    expect([status, headers.allow, headers['content-type']]).toEqual([
      405,
      allow,
      'application/problem+json; charset=utf-8',
    ]);
    const [bare] = path.split('?');
    expect(problem.detail).toBe(`${bare} does not take ${method}; use ${allow.replace(', ', ' or ')}`);
  });

  it('lets nobody change anything', async () => {
    const { status, problem } = await ask('/api/v1/anything', { method: 'DELETE' });
    expect([status, problem.detail]).toEqual([
      403,
      'this takes the role admin, and the hub has no logins; make one with `trace-hub token NAME --role admin`',
    ]);
  });

  it('tells everybody why it is not ready', async () => {
    expect(JSON.parse((await ask('/readyz')).body)).toMatchObject({
      status: 'ok',
      nats: 'ok',
      clickhouse: 'ok',
    });
  });
});

describe('too many requests', () => {
  it('of one address are refused until the minute is over; another one is not, and health never', async () => {
    const from = (address: string): Asked => ({ headers: { 'x-forwarded-for': address } });
    const statuses: number[] = [];
    for (let count = 0; count < most + 3; count++) {
      statuses.push((await ask('/api/v1/agents', from('203.0.113.5'))).status);
    }
    expect(statuses).toEqual([...Array<number>(most).fill(200), 429, 429, 429]);
    const { headers, problem } = await ask('/api/v1/stream', from('203.0.113.5'));
    expect(problem).toMatchObject({ status: 429, title: 'Too Many Requests' });
    const wait = Number(headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    const detail = `these are more than ${most} requests in a minute (server.rate-limit); ask again in ${wait} s`;
    expect(problem.detail).toBe(detail);
    expect((await ask('/api/v1/agents', from('203.0.113.6'))).status).toBe(200);
    for (let count = 0; count < most + 3; count++) {
      expect((await ask('/healthz', from('203.0.113.5'))).status).toBe(200);
    }
  });
});

describe('slow clients', () => {
  it('that send headers byte by byte are cut off', async () => {
    const socket = await open();
    socket.write('GET /healthz HTTP/1.1\r\n');
    const drip = setInterval(() => socket.write('x'), 50);
    const answer = await heard(socket);
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('application/problem+json');
  });

  it('that promise a body and do not send it are cut off', async () => {
    const socket = await open();
    const head = 'Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 100';
    socket.write(`POST /api/v1/query/validate HTTP/1.1\r\n${head}\r\n\r\n{`);
    expect(await text(socket)).toMatch(/HTTP\/1\.1 408 /);
  });

  it('that say nothing are cut off', async () => {
    const socket = await open();
    await text(socket);
    expect(socket.readableEnded).toBe(true);
  });

  it('that are too many are not let in, and the operator is told', async () => {
    const sockets = await Promise.all(Array.from({ length: connections + 4 }, open));
    await counted(hub, 'http_refused', 1, 'connections');
    expect(await hub.log.next(/a connection is refused/)).toBe(
      `a connection is refused: there are ${connections} (server.max-connections)`,
    );
    for (const socket of sockets) socket.on('error', () => undefined).destroy();
    await expect
      .poll(() => ask('/healthz').then(({ status }) => status, String), { timeout: 20_000 })
      .toBe(200);
  });
});
