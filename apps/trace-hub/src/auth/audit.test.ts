import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { recordingLog } from '#testing/bus';
import { AuditLog } from './audit.js';
import { newToken } from './token.js';
import { askHub } from '../testing/ask.js';
import { startReplica } from '../testing/hub.js';
import { loginHub } from '../testing/login-hub.js';

const login = loginHub();
const { reader, ask, logFrom } = login;

describe('a line of the audit log', () => {
  // A certificate's common name may have any character, and an authority may not be careful.
  it('is ASCII whatever a certificate calls its owner', () => {
    const log = recordingLog();
    const caller = { name: 'Zoë\n\u202e\u{1f600}\x1b[2J', role: 'read', by: 'certificate' } as const;
    const request = {
      id: 'a1',
      method: 'GET',
      url: '/api/v1/stream',
      ip: '10.0.0.1',
      audited: { caller, address: '10.0.0.1', bytesBefore: 0, began_ms: 0 },
    };
    new AuditLog(log, 'info').opened(request as unknown as FastifyRequest);
    const [line = ''] = log.lines;
    expect(line).toMatch(/audit \{[\x20-\x7e]*\}$/);
    expect(JSON.parse(line.slice(line.indexOf('{')))).toMatchObject({ who: caller.name, event: 'opened' });
  });
});

describe('the audit log', () => {
  const entryOf = async (pattern: RegExp): Promise<Record<string, unknown>> => {
    const line = await login.hub.log.next(pattern);
    expect(line).toMatch(/^audit \{[\x20-\x7e]*\}$/);
    return JSON.parse(line.slice('audit '.length)) as Record<string, unknown>;
  };

  it('tells who asked what, and how it ended', async () => {
    await ask('/api/v1/packets?dport=4711&since=1h', { token: reader });
    const entry = await entryOf(/dport=4711/);
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
      request_id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    });
    expect(entry['bytes']).toBeGreaterThan(20);
  });

  it('tells of who was refused, from where as a trusted proxy says', async () => {
    await ask('/api/v1/packets?dport=4712', { headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(await entryOf(/dport=4712/)).toMatchObject({ address: '203.0.113.9', status: 401 });
  });

  it('cannot be made to look like other lines, or to act on a terminal', async () => {
    const evil = encodeURIComponent('4713\n2026 audit {"who":"ops"}\x1b[2J\u202e\u2028');
    await ask(`/api/v1/packets?dport=${evil}`, { token: reader });
    await entryOf(/dport=4713/);
    // A raw byte, which no client but a hostile one sends.
    const socket = connect(Number(new URL(login.hub.url).port), '127.0.0.1');
    socket.write(
      Buffer.from(
        'GET /api/v1/4714\xff\x9b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
        'latin1',
      ),
    );
    await text(socket);
    expect(
      login.hub.log.lines.filter((line) => /[^\x20-\x7e…]/.test(line) && line.startsWith('audit')),
    ).toEqual([]);
  });

  it('shows no part of a token that lies where a long query is cut', async () => {
    const long = await startReplica(login.hub, { tokensFile: login.file });
    const secret = newToken();
    const query = `x=${'y'.repeat(4096 - 'x=&z='.length - 20)}&z=${secret}`;
    await askHub(`${long.url}/api/v1/packets?${query}`, { token: reader });
    const path = `/api/v1/${'y'.repeat(4096 - '/api/v1/'.length - 20)}${secret}`;
    await askHub(`${long.url}${path}`, { token: reader });
    const lines = [
      await login.hub.log.next(/"query":"x=y{4000}/),
      await login.hub.log.next(/"path":"\/api\/v1\/y{4000}/),
    ];
    await long.destroy();
    for (const line of lines) {
      expect(line).toContain('visor_***');
      expect(line).not.toContain(secret.slice(0, 8));
    }
  });

  it('tells of a live stream when it begins, and when it ends', async () => {
    const stop = new AbortController();
    const stream = await fetch(`${login.hub.url}/api/v1/stream?dport=4715`, {
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
    await login.hub.log.next(/mark=1/);
    expect(said()).toHaveLength(1);
  });
});
